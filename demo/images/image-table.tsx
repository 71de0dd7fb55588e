// Many images: how far they are, what came of them, as a table in pages of some rows, and as files to keep.

import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import type { UsedNetwork } from '../classify/stage.ts';
import { download } from '../files.ts';
import type { Page } from '../page.ts';
import { className, format, language, text } from '../text/text.ts';
import { csvOf, type ExportOptions, jsonOf } from './export-rows.ts';
import type { ImageRow } from './image-row.ts';
import { ImageRows } from './image-rows.tsx';
import { outputOf } from './network-input.ts';
import { Pager } from './pager.tsx';
import { type ImageQueue, isSameNetwork } from './queue.ts';
import { refusalText } from './refusal-text.ts';
import { arrange, type Filter, ranksOf, runningMetrics, type Sorting, type SortKey, shortener } from './row-order.ts';

/** Rows of a page: enough to scroll through, few enough to be drawn at once. */
const PAGE = 50;

export function ImageTable({ page }: { page: Page }) {
  const { queue } = page.images;
  const rows = queue.rows.value;
  const network = queue.network.value;
  if (rows.length === 0 || !network) return null;
  // A filter is by the classes of one network: another begins without.
  return <Table key={network.loaded.id} page={page} rows={rows} network={network} />;
}

interface TableProps {
  readonly page: Page;
  readonly rows: readonly ImageRow[];
  readonly network: UsedNetwork;
}

function Table({ page, rows, network }: TableProps) {
  const { queue } = page.images;
  const sorting = useSignal<Sorting>({ key: 'order', descending: false });
  const filter = useSignal<Filter>({ kind: 'all' });
  const place = useSignal(0);
  const opened = useSignal<File | undefined>(undefined);
  const chosen = language.value;
  const ranks = useMemo(() => ranksOf(network.loaded.classNames.map(className)), [network, chosen]);
  const short = useMemo(() => shortener(rows), [rows]);
  const arranged = useMemo(
    () => arrange(rows, sorting.value, filter.value, (label) => ranks[label] ?? label),
    [rows, sorting.value, filter.value, ranks],
  );
  const strings = text().images.table;
  const { classNames } = network.loaded;
  const last = Math.max(0, Math.ceil(arranged.length / PAGE) - 1);
  const at = Math.min(place.value, last);
  const shown = arranged.slice(at * PAGE, (at + 1) * PAGE);
  const sort = (key: SortKey) => {
    const { key: before, descending } = sorting.peek();
    // Names are looked for from A, scores and times from the highest.
    const first = key === 'score' || key === 'time';
    sorting.value = { key, descending: key === before ? !descending : first };
    place.value = 0;
  };
  const open = (row: ImageRow) => {
    opened.value = row.file;
    page.images.open(row.file, row.path);
    // It is shown above the table, which may be long.
    document.getElementById('classify-title')?.scrollIntoView({ block: 'nearest' });
  };
  const save = async (made: Promise<Blob>, ending: string) => download(`densenet-results.${ending}`, await made);
  const options = (): ExportOptions => ({
    network: networkName(network),
    classNames,
    strings: refusalText,
    date: new Date().toISOString(),
  });
  return (
    <section class="panel" aria-labelledby="images-title">
      <h2 id="images-title">{strings.title}</h2>
      <QueueStatus queue={queue} current={page.network.value} />
      <div class="row table-actions">
        <FilterChoice
          rows={rows}
          classNames={classNames}
          filter={filter.value}
          onFilter={(chosen) => {
            filter.value = chosen;
            place.value = 0;
          }}
        />
        <button type="button" onClick={() => save(csvOf(arranged, options()), 'csv')}>
          {strings.csv}
        </button>
        <button type="button" onClick={() => save(jsonOf(arranged, options()), 'json')}>
          {strings.json}
        </button>
      </div>
      <div class="wide">
        <ImageRows
          rows={shown}
          short={short}
          classNames={classNames}
          output={outputOf(network.loaded)}
          sorting={sorting.value}
          onSort={sort}
          opened={opened.value}
          onOpen={open}
        />
      </div>
      {last > 0 && (
        <Pager
          at={at}
          size={PAGE}
          all={arranged.length}
          label={strings.pages}
          onPage={(to: number) => (place.value = to)}
        />
      )}
    </section>
  );
}

const networkName = ({ source, name }: UsedNetwork) => `densenet-webgpu, ${source}: ${name}`;

interface FilterProps {
  readonly rows: readonly ImageRow[];
  readonly classNames: readonly string[];
  readonly filter: Filter;
  readonly onFilter: (filter: Filter) => void;
}

function FilterChoice({ rows, classNames, filter, onFilter }: FilterProps) {
  const strings = text().images.table;
  const { count } = format();
  const { classes, refused } = useMemo(() => runningMetrics(rows), [rows]);
  const value = filter.kind === 'class' ? String(filter.label) : filter.kind;
  const option = (key: string, label: string) => (
    <option key={key} value={key} selected={key === value}>
      {label}
    </option>
  );
  return (
    <label class="inline">
      {strings.show}
      <select
        onChange={({ currentTarget: { value: chosen } }: Event & { currentTarget: HTMLSelectElement }) =>
          onFilter(
            chosen === 'all' || chosen === 'refused' ? { kind: chosen } : { kind: 'class', label: Number(chosen) },
          )
        }
      >
        {option('all', strings.all(count(rows.length)))}
        {[...classes]
          .sort(([, a], [, b]) => b - a)
          .map(([label, number]) =>
            option(String(label), strings.ofClass(className(classNames[label] ?? String(label)), count(number))),
          )}
        {(refused > 0 || filter.kind === 'refused') && option('refused', strings.onlyRefused(count(refused)))}
      </select>
    </label>
  );
}

// How far the images are, and what can be done about it: cancel, resume, forget them.

function QueueStatus({ queue, current }: { queue: ImageQueue; current: UsedNetwork | undefined }) {
  const strings = text().images.table;
  const { count } = format();
  const rows = queue.rows.value;
  const state = queue.state.value;
  const { ignored, missed } = queue.leftOut.value;
  const done = rows.filter(({ outcome }) => outcome).length;
  const refused = rows.filter(({ outcome }) => outcome?.kind === 'refused').length;
  const active = state === 'running' || state === 'stopping';
  const otherNetwork = !active && current !== undefined && !isSameNetwork(current, queue.network.value);
  const sentence = {
    idle: '',
    running: strings.state.running(count(done), count(rows.length)),
    stopping: strings.state.stopping,
    stopped: strings.state.stopped(count(done), count(rows.length)),
    done: strings.state.done(count(rows.length)),
  }[state];
  return (
    <div>
      <p class="status" role="status">
        {sentence}
        {refused > 0 && ` ${strings.refused(count(refused))}`}
        {ignored > 0 && ` ${strings.ignored(count(ignored))}`}
        {missed > 0 && ` ${strings.missed(count(missed))}`}
      </p>
      {otherNetwork && <p class="hint">{strings.otherNetwork}</p>}
      {active && <progress aria-label={strings.progress} max={rows.length} value={done} />}
      <div class="row">
        {active && (
          <button type="button" class="stop" disabled={state === 'stopping'} onClick={() => queue.cancel()}>
            {strings.cancel}
          </button>
        )}
        {state === 'stopped' && !otherNetwork && (
          <button type="button" onClick={() => queue.resume()}>
            {strings.resume}
          </button>
        )}
        {otherNetwork && (
          <button type="button" onClick={() => queue.resume()}>
            {strings.again}
          </button>
        )}
        <button type="button" onClick={() => queue.clear()}>
          {strings.clear}
        </button>
      </div>
    </div>
  );
}
