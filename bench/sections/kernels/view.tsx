// Which tile is fastest where: which plan's shapes are swept, or the whole catalogue; a chart of each shape's default against
// its fastest tile, and a table by kernel and shape with every tile.

import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { digits, percent, withPrefix } from '../../../ui/number-text.ts';
import { Bars } from '../../charts/bars.tsx';
import { MeasureButton, type PlanChoice, PlanForm } from '../../page/controls.tsx';
import type { PageState } from '../../page/state.ts';
import { rooflineOf } from '../roofline/schema.ts';
import './kernels.css';
import { HeadRow } from '../../../ui/head-row.tsx';
import { catalogueOfPlans, type KernelsRequest, planOf } from './measure.ts';
import {
  byKernel,
  defaultOf,
  fastestOf,
  isTimed,
  type KernelShape,
  type KernelsSection,
  shapeName,
  tileName,
  type VariantRow,
} from './schema.ts';

/** No shape is begun after so long. */
const SECONDS = 60;

export function KernelsView({ page }: { page: PageState }) {
  const plan = useSignal<PlanChoice>({ model: 'bc-100-12', mode: 'training', batch: 1 });
  const { kernels } = page;
  const ready = page.ready.value;
  const sweep = (plans: KernelsRequest['plans']) => {
    const roofline = page.roofline.section.peek();
    const known = roofline && rooflineOf(roofline);
    kernels.measure({ plans, seconds: SECONDS, ...(known && { roofline: known }) });
  };
  const section = kernels.section.value;
  return (
    <section class="panel" aria-labelledby="kernels-title">
      <h2 id="kernels-title">Kernels and their tiles</h2>
      <p class="hint">
        {
          'Every tile of every convolution kernel, at the shapes of a network: compared with float64 on this GPU first, '
        }
        then timed, as the autotuner does it. Measure the roofline under Passes first to see each as a share of peak.
      </p>
      <PlanForm
        plan={plan.value}
        disabled={page.busy.value}
        onChange={(value) => {
          plan.value = value;
        }}
      />
      <div class="row">
        <button type="button" disabled={!ready} onClick={() => sweep(catalogueOfPlans())}>
          Whole catalogue
        </button>
      </div>
      <MeasureButton
        label={section ? 'Sweep its kernels again' : 'Sweep its kernels'}
        phase={kernels.phase.value}
        problem={kernels.problem.value}
        onMeasure={
          ready || kernels.phase.value !== undefined
            ? () => sweep([planOf(plan.value.model, plan.value.mode, plan.value.batch)])
            : undefined
        }
        onStop={() => kernels.stop()}
      />
      {section && <Kernels section={section} />}
    </section>
  );
}

/** Rows of a chart that one can still read. */
const MOST_BARS = 15;

function Kernels({ section }: { section: KernelsSection }) {
  const groups = useMemo(() => byKernel(section.shapes), [section]);
  const chosen = useSignal(groups[0]?.[0] ?? '');
  const shapes = groups.find(([kernel]) => kernel === chosen.value)?.[1] ?? groups[0]?.[1] ?? [];
  const bars = useMemo(() => shapes.slice(0, MOST_BARS).flatMap(barOf), [shapes]);
  if (groups.length === 0) return <p class="hint">No shape was measured.</p>;
  return (
    <div class="kernels">
      <Summary section={section} />
      <label class="which">
        Kernel
        <select
          onChange={(event: Event & { currentTarget: HTMLSelectElement }) => {
            chosen.value = event.currentTarget.value;
          }}
        >
          {groups.map(([kernel, own]) => (
            <option
              key={kernel}
              value={kernel}
              selected={kernel === chosen.value}
            >{`${kernel} (${own.length})`}</option>
          ))}
        </select>
      </label>
      {bars.length > 0 && (
        <Bars
          title="Time of the default and of the fastest tile"
          summary={`Times of ${bars.length} shapes under two tiles; the table below has the numbers`}
          bars={bars}
          unit="ms"
          keys={['default', 'fastest']}
        />
      )}
      {shapes.map((shape) => (
        <ShapeTable key={shapeName(shape)} shape={shape} />
      ))}
    </div>
  );
}

function Summary({ section: { plans, clock, roofline, ended, shapes } }: { section: KernelsSection }) {
  const rows = shapes.flatMap(({ variants }) => variants);
  const wrong = rows.filter((row) => !isTimed(row)).length;
  const better = shapes.filter((shape) => fastestOf(shape) !== defaultOf(shape)).length;
  const rooflineText = roofline
    ? `The roofline: ${withPrefix(roofline.flopsPerSecond, 'FLOP/s')} and ${withPrefix(roofline.bytesPerSecond, 'B/s')}.`
    : 'No roofline was measured, so there is no share of peak.';
  const ending = { 'every shape': '', 'time over': ' The time was over before the last shape.', stopped: ' Stopped.' };
  return (
    <div>
      <p>
        <strong>{plans.join('; ')}</strong>
        {`: ${shapes.length} shapes, ${rows.length} tiles; in ${better} shapes another tile than the default was fastest.`}
      </p>
      {wrong > 0 && <p class="wrong">{`${wrong} tiles are wrong on this GPU and have no time.`}</p>}
      <p class="hint">{`${rooflineText} Times are by ${clock}; each tile was compared with float64 first.${ending[ended]}`}</p>
    </div>
  );
}

function barOf(shape: KernelShape) {
  const [usual, fastest] = [defaultOf(shape), fastestOf(shape)];
  if (!usual || !fastest) return [];
  const gain = usual.time.milliseconds / fastest.time.milliseconds;
  return {
    label: shapeName(shape),
    short: `${shape.inputs} to ${shape.outputs} ${shape.map}`,
    note: gain === 1 ? 'the default' : `${tileName(fastest)}: ${gain.toFixed(2)} ×`,
    whole: usual.time.milliseconds,
    part: fastest.time.milliseconds,
  };
}

const HEADS = ['Tile', 'ms', 'FLOP/s', 'B/s', 'Of peak', 'Workgroups'];

function ShapeTable({ shape }: { shape: KernelShape }) {
  const fastest = fastestOf(shape);
  return (
    <table class="tile-table">
      <caption>{shapeName(shape)}</caption>
      <HeadRow names={HEADS} />
      <tbody>
        {shape.variants.map((row, i) => (
          <TileRow key={tileName(row)} row={row} best={row === fastest} usual={i === 0} />
        ))}
      </tbody>
    </table>
  );
}

function TileRow({ row, best, usual }: { row: VariantRow; best: boolean; usual: boolean }) {
  const name = (
    <th scope="row">
      {tileName(row)}
      {usual && <small>{' default'}</small>}
      {best && <small class="best">{' fastest'}</small>}
    </th>
  );
  if (!isTimed(row)) {
    const problem = 'problem' in row.time ? row.time.problem : '';
    return (
      <tr class="wrong">
        {name}
        <td colSpan={HEADS.length - 1}>{problem}</td>
      </tr>
    );
  }
  const { milliseconds, flopsPerSecond, bytesPerSecond, share } = row.time;
  const cells = [
    digits(milliseconds),
    withPrefix(flopsPerSecond),
    withPrefix(bytesPerSecond),
    share === undefined ? '–' : percent(share),
    row.workgroups.toLocaleString('en'),
  ];
  return (
    <tr class={best ? 'fastest' : ''} title={row.variant}>
      {name}
      {cells.map((cell, i) => (
        <td key={i} data-label={HEADS[i + 1]}>
          {cell}
        </td>
      ))}
    </tr>
  );
}
