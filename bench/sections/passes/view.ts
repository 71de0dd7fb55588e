// Where a step's time goes: a bar chart and a table, by kernel or by pass, most lost time first. Knows no page: it shows
// what it is given.

import { useSignal } from '@preact/signals';
import { h } from 'preact';
import { useMemo } from 'preact/hooks';
import { percent, withPrefix } from '../../../ui/number-text.ts';
import { Bars } from '../../charts/bars.ts';
import { MeasureButton, type MeasureButtonProps } from '../../page/ask.ts';
import { digits } from '../../page/number-text.ts';
import { clockText } from '../roofline/text.ts';
import './passes.css';
import { byLostTime, type RooflineTime, isTimed, type PassesSection, type PassRow, planWords } from './schema.ts';

export type PassesViewProps = Omit<MeasureButtonProps, 'label'> & { readonly section?: PassesSection | undefined };

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

export function PassesView({ section, ...ask }: PassesViewProps) {
  return h('div', { class: 'passes' }, [
    h(MeasureButton, { label: section ? 'Time its passes again' : 'Time its passes', ...ask }),
    section
      ? h(Passes, { section })
      : h('p', { class: 'hint' }, 'GPU time of every pass of a plan, and how far each is below the roofline.'),
  ]);
}

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
  return h('div', null, [
    h(Summary, { section }),
    untimed.length > 0 && h('p', { class: 'wrong' }, `${untimed.length} passes have no time: ${problemOf(untimed)}.`),
    h('fieldset', { class: 'row by' }, [
      h('legend', { class: 'visually-hidden' }, 'Rows'),
      choice('By kernel', by.value === 'kernel', () => {
        by.value = 'kernel';
      }),
      choice('By pass', by.value === 'pass', () => {
        by.value = 'pass';
      }),
    ]),
    h(Bars, {
      title: rows.length > MOST_BARS ? `The ${MOST_BARS} that lose most time` : 'Time and lost time',
      summary: `Time of ${bars.length} rows, the longest ${digits(bars[0]?.whole ?? 0)} ms; the table below has the numbers`,
      bars,
      unit: 'ms',
      keys: ['lost', 'at the roofline'],
    }),
    h(Table, { rows: shown }),
    rows.length > MOST_ROWS &&
      h(
        'button',
        {
          type: 'button',
          onClick: () => {
            all.value = !all.value;
          },
        },
        all.value ? `Only the first ${MOST_ROWS}` : `All ${rows.length} rows`,
      ),
  ]);
}

function Summary({ section }: { section: PassesSection }) {
  const { model, roofline, step, total, clock, method } = section;
  const timed = section.passes.filter(isTimed).length;
  const how = method === 'in step' ? 'as they run in whole steps' : 'each by itself and repeated';
  return h('div', null, [
    h('p', null, [
      h('strong', null, `${model}, ${planWords(section)}`),
      `: ${digits(step.milliseconds)} ms on the GPU. ${timed} passes take ${digits(total.milliseconds)} ms, `,
      `${percent(total.share)} of peak; ${digits(total.lostMilliseconds)} ms are lost.`,
    ]),
    h(
      'p',
      { class: 'hint' },
      `The roofline: ${withPrefix(roofline.flopsPerSecond, 'FLOP/s')} and ${withPrefix(roofline.bytesPerSecond, 'B/s')}, measured on this GPU. ` +
        `Passes are timed ${how}, by ${clockText(clock)}. More than 100% of peak: a cache held what the pass moves.`,
    ),
  ]);
}

const HEADS = ['Kernel', 'Lost', 'Time', 'Roofline', 'Share', 'FLOP', 'Bytes'];

function Table({ rows }: { rows: readonly Row[] }) {
  return h('table', { class: 'pass-table' }, [
    h('thead', null, [
      h(
        'tr',
        null,
        HEADS.map((head) => h('th', { key: head, scope: 'col' }, head)),
      ),
    ]),
    h(
      'tbody',
      null,
      rows.map((row) =>
        h('tr', { key: `${row.name} ${row.detail}` }, [
          h('th', { scope: 'row' }, [
            row.name,
            h('small', null, row.detail),
            row.variant && h('details', null, [h('summary', null, 'variant'), row.variant]),
          ]),
          ...cells(row).map((cell, i) => h('td', { key: i, 'data-label': HEADS[i + 1] }, cell)),
        ]),
      ),
    ),
  ]);
}

const cells = (row: Row): string[] => [
  ...[row.lostMilliseconds, row.milliseconds, row.rooflineMilliseconds].map(milliseconds),
  ...[percent(row.share), withPrefix(row.flops), withPrefix(row.bytes, 'B')],
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

/** Below a microsecond digits tell of the clock. */
const milliseconds = (ms: number): string => (Math.abs(ms) < 0.001 ? '< 0.001 ms' : `${digits(ms)} ms`);

const choice = (label: string, checked: boolean, onChoose: () => void) =>
  h('label', null, [h('input', { type: 'radio', name: 'passes-by', checked, onChange: onChoose }), ` ${label}`]);
