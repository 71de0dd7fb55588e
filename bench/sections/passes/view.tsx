// The roofline, and where a step's time goes: a bar chart and a table, by kernel or by pass, most lost time first.

import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { PRECISIONS, type Precision } from '../../../src/densenet/plan/feature-map.ts';
import { digits, percent, withPrefix } from '../../../ui/number-text.ts';
import { Bars } from '../../charts/bars.tsx';
import { checkbox, MeasureButton, type PlanChoice, PlanForm, selectField } from '../../page/controls.tsx';
import type { PageState } from '../../page/state.ts';
import { planRequestOf } from '../../plans.ts';
import { recomputes } from '../../workloads.ts';
import { rooflineOf } from '../roofline/schema.ts';
import { clockText } from '../roofline/text.ts';
import { RooflineView } from '../roofline/view.tsx';
import './passes.css';
import { HeadRow } from '../../../ui/head-row.tsx';
import { byLostTime, isTimed, type PassesSection, type PassRow, planWords, type RooflineTime } from './schema.ts';

type PassesChoice = PlanChoice & { readonly recompute: boolean; readonly precision: Precision };

const FIRST: PassesChoice = { model: 'bc-100-12', mode: 'training', batch: 1, recompute: false, precision: 'f32' };

export function PassesView({ page }: { page: PageState }) {
  const plan = useSignal(FIRST);
  const disabled = page.busy.value;
  const section = page.passes.section.value;
  const { model, mode, recompute, precision } = plan.value;
  const set = (change: Partial<PassesChoice>) => {
    const next = { ...plan.value, ...change };
    plan.value = { ...next, recompute: next.recompute && recomputes(next.model, next.mode) };
  };
  const ready = page.ready.value;
  const measurePasses = () => {
    const { model, batch } = plan.value;
    const roofline = page.roofline.section.peek();
    const known = roofline && rooflineOf(roofline);
    page.passes.measure({ model, plan: planRequestOf(plan.value, batch), ...(known && { roofline: known }) });
  };
  return (
    <div>
      <section class="panel" aria-labelledby="roofline-title">
        <h2 id="roofline-title">The roofline</h2>
        <RooflineView
          {...buttonProps(page.roofline, ready, () => page.roofline.measure({}))}
          section={page.roofline.section.value}
        />
      </section>
      <section class="panel" aria-labelledby="passes-title">
        <h2 id="passes-title">Passes</h2>
        <PlanForm plan={plan.value} disabled={disabled} onChange={set}>
          {checkbox('Recompute', recompute, disabled || !recomputes(model, mode), (on) => set({ recompute: on }))}
          {selectField('Precision', PRECISIONS, precision, disabled, (value) => set({ precision: value }))}
        </PlanForm>
        <div class="passes">
          <MeasureButton
            label={section ? 'Time its passes again' : 'Time its passes'}
            {...buttonProps(page.passes, ready, measurePasses)}
          />
          {section ? (
            <Passes section={section} />
          ) : (
            <p class="hint">GPU time of every pass of a plan, and how far each is below the roofline.</p>
          )}
        </div>
      </section>
    </div>
  );
}

const buttonProps = (section: PageState['roofline'] | PageState['passes'], ready: boolean, measure: () => void) => ({
  phase: section.phase.value,
  problem: section.problem.value,
  onMeasure: ready || section.phase.value !== undefined ? measure : undefined,
  onStop: () => section.stop(),
});

type By = 'kernel' | 'pass';

interface Row extends RooflineTime {
  readonly name: string;
  readonly detail: string;
  /** Of the kernel, where the row is one pass. */
  readonly variant?: string;
  readonly flops: number;
  readonly bytes: number;
}

/** Rows of a chart that one can still read, and of a table before it is asked for all. */
const MOST_BARS = 15;
const MOST_ROWS = 30;

function Passes({ section }: { section: PassesSection }) {
  const by = useSignal<By>('kernel');
  const all = useSignal(false);
  const rows = useMemo(() => (by.value === 'kernel' ? kernelRows(section) : passRows(section)), [section, by.value]);
  const bars = useMemo(
    () =>
      rows.slice(0, MOST_BARS).map((row) => ({
        label: row.name,
        short: shortName(row.name),
        note: `${digits(row.milliseconds)} ms, ${percent(row.share)}`,
        whole: row.milliseconds,
        part: Math.min(row.rooflineMilliseconds, row.milliseconds),
      })),
    [rows],
  );
  const shown = all.value ? rows : rows.slice(0, MOST_ROWS);
  const untimed = section.passes.filter((row) => !isTimed(row));
  return (
    <div>
      <Summary section={section} />
      {untimed.length > 0 && <p class="wrong">{`${untimed.length} passes have no time: ${problemOf(untimed)}.`}</p>}
      <fieldset class="row by">
        <legend class="visually-hidden">Rows</legend>
        {radioButton('By kernel', by.value === 'kernel', () => {
          by.value = 'kernel';
        })}
        {radioButton('By pass', by.value === 'pass', () => {
          by.value = 'pass';
        })}
      </fieldset>
      <Bars
        title={rows.length > MOST_BARS ? `The ${MOST_BARS} that lose most time` : 'Time and lost time'}
        summary={`Time of ${bars.length} rows, the longest ${digits(bars[0]?.whole ?? 0)} ms; the table below has the numbers`}
        bars={bars}
        unit="ms"
        keys={['lost', 'at the roofline']}
      />
      <Table rows={shown} />
      {rows.length > MOST_ROWS && (
        <button
          type="button"
          onClick={() => {
            all.value = !all.value;
          }}
        >
          {all.value ? `Only the first ${MOST_ROWS}` : `All ${rows.length} rows`}
        </button>
      )}
    </div>
  );
}

function Summary({ section }: { section: PassesSection }) {
  const { model, roofline, step, total, clock, method } = section;
  const timed = section.passes.filter(isTimed).length;
  const how = method === 'in step' ? 'as they run in whole steps' : 'each by itself and repeated';
  return (
    <div>
      <p>
        <strong>{`${model}, ${planWords(section)}`}</strong>
        {`: ${digits(step.milliseconds)} ms on the GPU. ${timed} passes take ${digits(total.milliseconds)} ms, `}
        {`${percent(total.share)} of peak; ${digits(total.lostMilliseconds)} ms are lost.`}
      </p>
      <p class="hint">
        {`The roofline: ${withPrefix(roofline.flopsPerSecond, 'FLOP/s')} and ${withPrefix(roofline.bytesPerSecond, 'B/s')}, measured on this GPU. ` +
          `Passes are timed ${how}, by ${clockText(clock)}. More than 100% of peak: a cache held what the pass moves.`}
      </p>
    </div>
  );
}

const HEADS = ['Kernel', 'Lost', 'Time', 'Roofline', 'Share', 'FLOP', 'Bytes'];

function Table({ rows }: { rows: readonly Row[] }) {
  return (
    <table class="pass-table">
      <HeadRow names={HEADS} />
      <tbody>
        {rows.map((row) => (
          <tr key={`${row.name} ${row.detail}`}>
            <th scope="row">
              {row.name}
              <small>{row.detail}</small>
              {row.variant && (
                <details>
                  <summary>variant</summary>
                  {row.variant}
                </details>
              )}
            </th>
            {cells(row).map((cell, i) => (
              <td key={i} data-label={HEADS[i + 1]}>
                {cell}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const cells = (row: Row): string[] => [
  milliseconds(row.lostMilliseconds),
  milliseconds(row.milliseconds),
  milliseconds(row.rooflineMilliseconds),
  percent(row.share),
  withPrefix(row.flops),
  withPrefix(row.bytes, 'B'),
];

const kernelRows = ({ kernels }: PassesSection): Row[] =>
  kernels.map((sum) => ({ ...sum, name: sum.kernel, detail: `${sum.passes} ${sum.passes === 1 ? 'pass' : 'passes'}` }));

const passRows = ({ passes }: PassesSection): Row[] =>
  passes
    .filter(isTimed)
    .map(({ time, ...row }) => ({
      ...time,
      name: nameOf({ ...row, time }),
      detail: `pass ${row.pass}, ${row.section}, bound by ${time.bound}`,
      variant: row.variant,
      flops: row.flops,
      bytes: row.bytes,
    }))
    .sort(byLostTime);

const problemOf = (rows: readonly PassRow[]): string =>
  rows.flatMap(({ time }) => ('problem' in time ? [time.problem] : []))[0] ?? '';

/** `conv3x3/forward denseblock1.denselayer11.conv1` as a phone has room for it: `conv3x3/forward 1.11.conv1`. */
const shortName = (name: string): string => name.replace(/denseblock(\d+)\.denselayer/, '$1.');

/** The kernel, then the layer: a pass is labelled the other way round. */
const nameOf = ({ kernel, label }: PassRow): string =>
  `${kernel} ${label.replace(kernel, '').replace('features.', '')}`.trim();

/** Below a microsecond, digits say more about the clock than the pass. */
const milliseconds = (ms: number): string => (Math.abs(ms) < 0.001 ? '< 0.001 ms' : `${digits(ms)} ms`);

const radioButton = (label: string, checked: boolean, onSelect: () => void) => (
  <label>
    <input type="radio" name="passes-by" checked={checked} onChange={onSelect} />
    {` ${label}`}
  </label>
);
