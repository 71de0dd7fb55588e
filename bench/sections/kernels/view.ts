// Which tile is fastest where: a chart of each shape's default against its fastest tile, and a table by kernel and shape
// with every tile. Knows no page: it shows what it is given.

import { useSignal } from '@preact/signals';
import { h } from 'preact';
import { useMemo } from 'preact/hooks';
import { percent, withPrefix } from '../../../ui/number-text.ts';
import { Bars } from '../../charts/bars.ts';
import { digits } from '../../page/number-text.ts';
import './kernels.css';
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

export interface KernelsViewProps {
  readonly section: KernelsSection;
}

/** Rows of a chart that one can still read. */
const MOST_BARS = 15;

export function KernelsView({ section }: KernelsViewProps) {
  const groups = useMemo(() => byKernel(section.shapes), [section]);
  const chosen = useSignal(groups[0]?.[0] ?? '');
  const shapes = groups.find(([kernel]) => kernel === chosen.value)?.[1] ?? groups[0]?.[1] ?? [];
  const bars = useMemo(() => shapes.slice(0, MOST_BARS).flatMap(barOf), [shapes]);
  if (groups.length === 0) return h('p', { class: 'hint' }, 'No shape was measured.');
  return h('div', { class: 'kernels' }, [
    h(Summary, { section }),
    h('label', { class: 'which' }, [
      'Kernel',
      h(
        'select',
        {
          onChange: (event: Event & { currentTarget: HTMLSelectElement }) => {
            chosen.value = event.currentTarget.value;
          },
        },
        groups.map(([kernel, own]) =>
          h('option', { key: kernel, value: kernel, selected: kernel === chosen.value }, `${kernel} (${own.length})`),
        ),
      ),
    ]),
    bars.length > 0 &&
      h(Bars, {
        title: 'Time of the default and of the fastest tile',
        summary: `Times of ${bars.length} shapes under two tiles; the table below has the numbers`,
        bars,
        unit: 'ms',
        keys: ['default', 'fastest'],
      }),
    ...shapes.map((shape) => h(ShapeTable, { key: shapeName(shape), shape })),
  ]);
}

function Summary({ section: { plans, clock, roofline, ended, shapes } }: KernelsViewProps) {
  const rows = shapes.flatMap(({ variants }) => variants);
  const wrong = rows.filter((row) => !isTimed(row)).length;
  const better = shapes.filter((shape) => fastestOf(shape) !== defaultOf(shape)).length;
  const rooflineText = roofline
    ? `The roofline: ${withPrefix(roofline.flopsPerSecond, 'FLOP/s')} and ${withPrefix(roofline.bytesPerSecond, 'B/s')}.`
    : 'No roofline was measured, so that no share of it is told.';
  const ending = { 'every shape': '', 'time over': ' The time was over before the last shape.', stopped: ' Stopped.' };
  return h('div', null, [
    h('p', null, [
      h('strong', null, plans.join('; ')),
      `: ${shapes.length} shapes, ${rows.length} tiles; in ${better} shapes another tile than the default was fastest.`,
    ]),
    wrong > 0 && h('p', { class: 'wrong' }, `${wrong} tiles are wrong on this GPU and have no time.`),
    h(
      'p',
      { class: 'hint' },
      `${rooflineText} Times are by ${clock}; each tile was held against float64 first.${ending[ended]}`,
    ),
  ]);
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
  return h('table', { class: 'tile-table' }, [
    h('caption', null, shapeName(shape)),
    h(
      'thead',
      null,
      h(
        'tr',
        null,
        HEADS.map((head) => h('th', { key: head, scope: 'col' }, head)),
      ),
    ),
    h(
      'tbody',
      null,
      shape.variants.map((row, i) => h(TileRow, { key: tileName(row), row, best: row === fastest, usual: i === 0 })),
    ),
  ]);
}

function TileRow({ row, best, usual }: { row: VariantRow; best: boolean; usual: boolean }) {
  const name = h('th', { scope: 'row' }, [
    tileName(row),
    usual && h('small', null, ' default'),
    best && h('small', { class: 'best' }, ' fastest'),
  ]);
  if (!isTimed(row)) {
    const problem = 'problem' in row.time ? row.time.problem : '';
    return h('tr', { class: 'wrong' }, [name, h('td', { colSpan: HEADS.length - 1 }, problem)]);
  }
  const { milliseconds, flopsPerSecond, bytesPerSecond, share } = row.time;
  const cells = [
    ...[digits(milliseconds), withPrefix(flopsPerSecond), withPrefix(bytesPerSecond)],
    ...[share === undefined ? '–' : percent(share), row.workgroups.toLocaleString('en')],
  ];
  return h('tr', { class: best ? 'fastest' : '', title: row.variant }, [
    name,
    ...cells.map((cell, i) => h('td', { key: i, 'data-label': HEADS[i + 1] }, cell)),
  ]);
}
