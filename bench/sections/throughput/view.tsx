// The view that measures: what and for how long, what is under way, and the results as table and chart; on a narrow screen
// each row of the table is a card, and every cell says what it is.

import { useSignal } from '@preact/signals';
import { PRECISIONS } from '../../../src/densenet/plan/feature-map.ts';
import { digits, mebibytes, percent } from '../../../ui/number-text.ts';
import { BarChart } from '../../charts/bar-chart.tsx';
import { BatchField, checkbox, selectField } from '../../page/controls.tsx';
import type { PageState } from '../../page/state.ts';
import { FULL_SAMPLING, type SamplingOptions } from '../../sampling.ts';
import { MODELS, MODES, recomputes, SETS, type Workload, workloadName, workloadWords } from '../../workloads.ts';
import { type Roofline, rooflineOf, shareOfPeak } from '../roofline/schema.ts';
import type { CheckReport, ColdStart, Measurement, Row, Validation } from './schema.ts';

export function ThroughputView({ page }: { page: PageState }) {
  const rows = page.rows.value;
  const roofline = page.roofline.section.value;
  return (
    <div>
      <section class="panel" aria-labelledby="measure-title">
        <h2 id="measure-title">Measure</h2>
        <MeasureForm page={page} />
        <Status page={page} />
      </section>
      <section class="panel" aria-labelledby="results-title">
        <h2 id="results-title">Results</h2>
        <ChecksLine checks={page.checks.value} />
        <ResultTable rows={rows} roofline={roofline && rooflineOf(roofline)} />
        <ThroughputChart rows={rows} />
      </section>
    </div>
  );
}

function Status({ page }: { page: PageState }) {
  const current = page.current.value;
  if (!current)
    return (
      <p class="status">
        <span role="status" />
      </p>
    );
  const { workload, index, count, phase, repeats, width } = current;
  const doing = page.stopping.value ? 'stopping' : phase;
  const many = count > 1 ? `${index + 1} of ${count}: ` : '';
  const known = width === null ? '' : `, interval ${percent(width)}`;
  return (
    <div class="status">
      {count > 1 && <progress max={count} value={index} aria-label="Workloads done" />}
      <p>
        <span role="status">{`${many}${workload.model}, ${workloadWords(workload)}: ${doing} …`}</span>
        {repeats > 0 && !page.stopping.value ? ` ${repeats + 1}${known}` : ''}
      </p>
    </div>
  );
}

function ThroughputChart({ rows }: { rows: readonly Row[] }) {
  const done = rows.flatMap((row, place) => (row.status === 'done' ? [{ ...row, place }] : []));
  if (done.length < 2) return null;
  const speeds = done.map(({ measurement }) => measurement.imagesPerSecond);
  const each = done.map(({ workload, measurement }) => {
    const { median } = measurement.imagesPerSecond;
    return `${workloadName({ ...workload, batch: measurement.batch })} ${digits(median)}`;
  });
  return (
    <BarChart
      title="Images/s, numbered as in the table"
      summary={`Images a second: ${each.join('; ')}`}
      labels={done.map(({ place }) => String(place + 1))}
      groups={[
        {
          label: 'median, with its 95% confidence interval',
          colour: '--series-1',
          bars: speeds.map(({ median, low, high }) => ({ value: median, low, high })),
        },
      ]}
      format={digits}
    />
  );
}

const TIMES: Readonly<Record<string, SamplingOptions>> = {
  'up to 5 seconds each': { ...FULL_SAMPLING, seconds: 5 },
  'up to 30 seconds each': FULL_SAMPLING,
  'up to 5 minutes each': { ...FULL_SAMPLING, seconds: 300 },
};

const FIRST: Workload = { model: 'bc-100-12', mode: 'inference', batch: 1, recompute: false, precision: 'f32' };

export function MeasureForm({ page }: { page: PageState }) {
  const workload = useSignal(FIRST);
  const batch = useSignal(1);
  const timeName = useSignal('up to 30 seconds each');
  const sampling = TIMES[timeName.value] ?? FULL_SAMPLING;
  const active = page.current.value !== undefined;
  const ready = page.ready.value;
  const { model, mode, recompute, precision } = workload.value;
  const largest = workload.value.batch === 'largest';
  const canRecompute = recomputes(model, mode);
  const set = (change: Partial<Workload>) => {
    const next = { ...workload.value, ...change };
    workload.value = { ...next, recompute: next.recompute && recomputes(next.model, next.mode) };
  };
  const submit = (event: Event) => {
    event.preventDefault();
    page.measure([workload.value], sampling);
  };
  return (
    <form class="settings" onSubmit={submit}>
      {selectField('Network', MODELS, model, active, (value) => set({ model: value }))}
      {selectField('Mode', MODES, mode, active, (value) => set({ mode: value }))}
      <BatchField
        batch={batch.value}
        disabled={active || largest}
        required={!largest}
        onInput={(value) => {
          batch.value = value;
          set({ batch: value });
        }}
      />
      {checkbox('Largest batch', largest, active, (on) => set({ batch: on ? 'largest' : batch.value }))}
      {checkbox('Recompute', recompute, active || !canRecompute, (on) => set({ recompute: on }))}
      {selectField('Precision', PRECISIONS, precision, active, (value) => set({ precision: value }))}
      {selectField('Time', Object.keys(TIMES), timeName.value, active, (value) => {
        timeName.value = value;
      })}
      <div class="row">
        {active ? (
          <button type="button" class="stop" onClick={() => page.stop()}>
            Stop
          </button>
        ) : (
          <button type="submit" class="primary" disabled={!ready}>
            Measure
          </button>
        )}
        {!active &&
          Object.entries(SETS).map(([name, set]) => (
            <button
              key={name}
              type="button"
              disabled={!ready}
              onClick={() => page.measure(set, sampling)}
            >{`${name === 'short' ? 'Short' : 'Standard'} set (${set.length})`}</button>
          ))}
      </div>
    </form>
  );
}

const NAMES = {
  imagenet: 'a network with the ImageNet stem',
  deep: 'a network with a deep stem',
  bottleneck: 'a network with bottlenecks',
  plain: 'a plain network',
} as const;

export function ChecksLine({ checks }: { checks: readonly CheckReport[] }) {
  if (checks.length === 0) {
    return <p class="hint">Nothing is timed before this GPU’s numbers agree with PyTorch’s.</p>;
  }
  return (
    <ul class="checks">
      {checks.map((check) => {
        const key = `${check.precision} ${check.file}`;
        return (
          <li key={key} class={check.passed ? 'right' : 'wrong'}>
            {sentence(check)}
          </li>
        );
      })}
    </ul>
  );
}

function sentence({ kind, precision, file, groups, passed }: CheckReport): string {
  const worst = Math.max(...groups.map(({ error }) => error ?? Number.POSITIVE_INFINITY));
  const verdict = passed ? 'agrees with PyTorch' : 'differs from PyTorch';
  const maps = file.startsWith('paper-maps') ? 'the paper’s maps' : 'small maps';
  const packedF16 = precision === 'f32' ? '' : ', features stored as f16,';
  return `On ${NAMES[kind]} and ${maps}${packedF16} this GPU ${verdict}; the largest relative error is ${worst.toExponential(1)}.`;
}

const COLUMNS = ['Network', 'Images/s', 'ms a batch', 'GFLOP/s', 'Cold', 'GPU memory', 'Checked', 'Repeats'];

export function ResultTable({ rows, roofline }: { rows: readonly Row[]; roofline: Roofline | undefined }) {
  if (rows.length === 0) return <p class="hint">Nothing has been measured yet.</p>;
  const heading = COLUMNS.map((name) => (
    <th key={name} scope="col">
      {name}
    </th>
  ));
  return (
    <table class="results">
      <thead>
        <tr>{heading}</tr>
      </thead>
      <tbody>
        {rows.map((row, place) => (
          <ResultRow key={place} row={row} place={place} roofline={roofline} />
        ))}
      </tbody>
    </table>
  );
}

function ResultRow({ row, place, roofline }: { row: Row; place: number; roofline: Roofline | undefined }) {
  const done = row.status === 'done';
  const { model, ...rest } = row.workload;
  const words = workloadWords({ ...rest, batch: done ? row.measurement.batch : rest.batch });
  const name = (
    <th scope="row" class="workload">
      <strong>{`${place + 1}. ${model}`}</strong>
      <span>{rest.batch === 'largest' && done ? `${words} (largest)` : words}</span>
    </th>
  );
  if (!done)
    return (
      <tr class="failed">
        {name}
        <td colSpan={COLUMNS.length - 1}>{row.problem}</td>
      </tr>
    );
  return (
    <tr>
      {name}
      {cells(row.measurement, roofline).map(([value, more, title], i) => (
        <td key={i} data-label={COLUMNS[i + 1]}>
          <span>{value}</span>
          {more && <small title={title}>{more}</small>}
        </td>
      ))}
    </tr>
  );
}

const rooflineSummary = ({ flops, traffic, milliseconds }: Measurement, roofline: Roofline | undefined): string =>
  roofline
    ? `${percent(shareOfPeak(flops, traffic, milliseconds.median, roofline))} of peak`
    : 'the roofline is not known';

function coldCell({ device, compilation, preparation, firstResult, sinceStart }: ColdStart): [string, string, string] {
  const seconds = (ms: number) => `${digits(ms / 1000)} s`;
  const sinceLoad = sinceStart === null ? '' : `, ${seconds(sinceStart)} from the start`;
  return [
    seconds(device + compilation + preparation + firstResult),
    `compiling ${seconds(compilation)}${sinceLoad}`,
    'from nothing to the first result; from the start: since the page was loaded',
  ];
}

/** How much of the arithmetic ran in kernels that were compared with PyTorch's goldens, and the plan's own check. */
function checked({ goldens, agreement }: Validation): [string, string, string] {
  const title = 'share of the arithmetic in kernels that goldens ran, and the whole plan against a small one';
  const plan = agreement ? `plan: off by ${agreement.error?.toExponential(1) ?? 'NaN'}` : 'one image: nothing more';
  return [`${percent(Math.min(1, goldens))} in goldens`, plan, title];
}

/** A value, what stands under it, and what that is. */
function cells(measurement: Measurement, roofline: Roofline | undefined): [string, string?, string?][] {
  const { imagesPerSecond, milliseconds, cold, ...rest } = measurement;
  const { median, p5, p95, interval, repeats } = milliseconds;
  const { low, high } = imagesPerSecond;
  const { forecastBytes, measuredBytes } = rest.memory;
  const equal = forecastBytes === measuredBytes;
  const width = percent((interval.high - interval.low) / median);
  return [
    [digits(imagesPerSecond.median), `${digits(low)} – ${digits(high)}`, '95% confidence interval of the median'],
    [digits(median), `${digits(p5)} – ${digits(p95)}`, 'from the 5th to the 95th percentile'],
    [
      digits(rest.gflops),
      rooflineSummary(measurement, roofline),
      `${rest.passes} passes from ${rest.pipelines} pipelines`,
    ],
    coldCell(cold),
    [mebibytes(measuredBytes), equal ? 'as forecast' : `forecast ${mebibytes(forecastBytes)}`],
    checked(rest.held),
    [String(repeats), `${rest.ended} (${width})`, 'why it ended, and how wide the interval is'],
  ];
}
