// Lesson 3: a transition makes fewer channels of smaller maps, and the order of its two parts does not matter.

import { useSignal } from '@preact/signals';
import { h } from 'preact';
import { format, text } from '../../text/text.ts';
import type { InsideNetwork } from '../../worker/inside.ts';
import { shapeName } from '../names.ts';
import { type Grid, mix, pool } from './arithmetic.ts';
import { NumberGrid, NumberSlider } from './number-grid.ts';

const A: Grid = [
  [8, 4, 0, 2],
  [6, 2, 2, 4],
  [1, 3, 9, 5],
  [5, 7, 3, 7],
];
const B: Grid = [
  [2, 0, 4, 4],
  [0, 2, 6, 2],
  [8, 6, 1, 3],
  [4, 2, 5, 7],
];

export function TransitionLesson({ network, block }: { network: InsideNetwork; block: number }) {
  const strings = text().inside.lessons;
  const parts = useSignal<readonly [Grid, Grid]>([A, B]);
  const weights = useSignal<readonly [number, number]>([0.5, 1]);
  const [[a, b], [u, v]] = [parts.value, weights.value];
  const mixed = mix(a, b, u, v);
  return h('article', { class: 'panel lesson', 'aria-labelledby': 'lesson-shrink' }, [
    h('h3', { id: 'lesson-shrink' }, strings.shrinkTitle),
    h('p', null, strings.shrinkLead),
    h('div', { class: 'grids' }, [
      h(NumberGrid, {
        name: strings.mapNamed('A'),
        grid: a,
        change: (grid) => {
          parts.value = [grid, b];
        },
      }),
      h(NumberGrid, {
        name: strings.mapNamed('B'),
        grid: b,
        change: (grid) => {
          parts.value = [a, grid];
        },
      }),
      h('div', null, [
        h(NumberSlider, {
          label: strings.weight('A'),
          value: u,
          least: -1,
          most: 1,
          step: 0.25,
          change: (value) => {
            weights.value = [value, v];
          },
        }),
        h(NumberSlider, {
          label: strings.weight('B'),
          value: v,
          least: -1,
          most: 1,
          step: 0.25,
          change: (value) => {
            weights.value = [u, value];
          },
        }),
      ]),
    ]),
    h('div', { class: 'grids' }, [
      h(NumberGrid, { name: strings.oneChannel, grid: mixed }),
      h(NumberGrid, { name: strings.pooled, grid: pool(mixed) }),
      h(NumberGrid, { name: strings.sameOrder, grid: mix(pool(a), pool(b), u, v) }),
    ]),
    h('p', null, strings.orderNote),
    h('p', null, here(network, block)),
  ]);
}

function here({ blocks }: InsideNetwork, b: number): string {
  const strings = text().inside.lessons;
  const [block, next] = [blocks[b], blocks[b + 1]];
  if (!block || !next || block.kept === null) return strings.shrinkLast;
  const { count } = format();
  const [from, to] = [shapeName(block.height, block.width), shapeName(next.height, next.width)];
  return strings.shrinkHere(count(block.channels), count(block.kept), from, to);
}
