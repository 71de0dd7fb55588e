// Libraries side by side as people see them: what to run, how far it is, a table per workload with a bar of each library's
// speed beside ours.

import { useSignal } from '@preact/signals';
import { digits } from '../../../ui/number-text.ts';
import { BASELINE_LABELS, BASELINES, type BaselineName, labelOf } from '../../baselines/baseline.ts';
import { type BaselineWorkload, baselineWorkloadName, TINY } from '../../baselines/workloads.ts';
import { BarChart } from '../../charts/bar-chart.tsx';
import { BatchField, checkbox, selectField } from '../../page/controls.tsx';
import type { PageState } from '../../page/state.ts';
import { MODELS, MODES } from '../../workloads.ts';
import { BASELINE_SAMPLING } from './measure.ts';
import type { BaselineRow, Comparison } from './schema.ts';
import { COLUMNS, cells, versionOf } from './text.ts';

export function BaselinesView({ page }: { page: PageState }) {
  return (
    <section class="panel baselines" aria-labelledby="baselines-title">
      <h2 id="baselines-title">Side by side with other libraries</h2>
      <p class="hint">
        {
          'The same weights, images and GPU, in turns. Each is compared with PyTorch first and then, on the very network '
        }
        that is timed, against this library. They are loaded from this page’s own server when a comparison begins.
      </p>
      <BaselinesForm page={page} />
      <Phase page={page} />
      {page.baselines.results.value.map((result, i) => (
        <ComparisonTable key={i} result={result} />
      ))}
    </section>
  );
}

function BaselinesForm({ page }: { page: PageState }) {
  const { baselines } = page;
  const workload = useSignal<BaselineWorkload>({ model: 'bc-100-12', mode: 'inference', batch: 1 });
  const selected = useSignal<readonly BaselineName[]>(BASELINES);
  const active = baselines.phase.value !== undefined;
  const ready = page.ready.value;
  const set = (change: Partial<BaselineWorkload>) => {
    workload.value = { ...workload.value, ...change };
  };
  const submit = (event: Event) => {
    event.preventDefault();
    baselines.measure([workload.value], selected.value, BASELINE_SAMPLING);
  };
  const { model, mode, batch } = workload.value;
  return (
    <form class="settings" onSubmit={submit}>
      {selectField('Network', [...MODELS, TINY] as const, model, active, (value) => set({ model: value }))}
      {selectField('Mode', MODES, mode, active, (value) => set({ mode: value }))}
      <BatchField batch={batch} disabled={active} required onInput={(value) => set({ batch: value })} />
      <fieldset disabled={active}>
        <legend>Libraries</legend>
        {BASELINES.filter((baseline) => baseline !== 'ours').map((baseline) =>
          checkbox(labelOf(baseline), selected.value.includes(baseline), active, (on) => {
            const others = selected.value.filter((other) => other !== baseline);
            selected.value = on ? [...others, baseline] : others;
          }),
        )}
      </fieldset>
      {active ? (
        <button type="button" class="stop" onClick={() => baselines.stop()}>
          Stop
        </button>
      ) : (
        <button type="submit" class="primary" disabled={!ready}>
          Compare
        </button>
      )}
    </form>
  );
}

function Phase({ page }: { page: PageState }) {
  const phase = page.baselines.phase.value;
  const words = phase ? `${baselineWorkloadName(phase.workload)}, ${labelOf(phase.baseline)}: ${phase.phase} …` : '';
  const count = phase && phase.repeats > 0 ? ` ${phase.repeats + 1}` : '';
  return (
    <p class="status">
      <span role="status">{words}</span>
      {count}
    </p>
  );
}

function ComparisonTable({ result: { subject, rows } }: { result: Comparison }) {
  const heading = ['Library', ...COLUMNS].map((column) => (
    <th key={column} scope="col">
      {column}
    </th>
  ));
  return (
    <div class="comparison">
      <h3>{`${subject.model}, ${subject.mode}, batch ${subject.batch}`}</h3>
      <Ratios rows={rows} />
      <table class="results">
        <thead>
          <tr>{heading}</tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={row.peer} row={row} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Ratios({ rows }: { rows: readonly BaselineRow[] }) {
  const bars = rows.flatMap((row) =>
    row.status === 'done' && row.ratio !== null ? [{ ...row, value: row.ratio }] : [],
  );
  if (bars.length < 2) return null;
  const values = bars.map(({ peer, value }) => `${labelOf(peer)} ${digits(value)}`).join(', ');
  return (
    <BarChart
      title="Images a second, as a multiple of ours"
      summary={`Images a second, as a multiple of ours: ${values}`}
      labels={bars.map(({ peer }) => BASELINE_LABELS[peer].short)}
      groups={[{ label: 'median of the repeats', colour: '--series-1', bars }]}
      format={digits}
    />
  );
}

function Row({ row }: { row: BaselineRow }) {
  const name = (
    <th scope="row" class="workload">
      {labelOf(row.peer)}
      <span>{versionOf(row)}</span>
    </th>
  );
  if (row.status !== 'done') {
    return (
      <tr class="failed">
        {name}
        <td colSpan={COLUMNS.length}>{row.problem}</td>
      </tr>
    );
  }
  return (
    <tr>
      {name}
      {cells(row).map(([value, detail], i) => (
        <td key={i} data-label={COLUMNS[i]}>
          <span>{value}</span>
          {detail && <small>{detail}</small>}
        </td>
      ))}
    </tr>
  );
}
