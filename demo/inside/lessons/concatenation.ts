// Lesson 1: adding two maps loses what they were, concatenating them does not.

import { useSignal } from '@preact/signals';
import { h } from 'preact';
import { format, text } from '../../text/text.ts';
import { add, type Grid, mix, otherParts } from './arithmetic.ts';
import { NumberGrid, NumberSlider } from './number-grid.ts';

const A: Grid = [
  [1, 4, 1],
  [0, 5, 2],
  [3, 6, 0],
];
const B: Grid = [
  [2, 0, 7],
  [1, 3, 1],
  [0, 2, 4],
];

export function ConcatenationLesson() {
  const strings = text().inside.lessons;
  const parts = useSignal<readonly [Grid, Grid]>([A, B]);
  const weights = useSignal<readonly [number, number]>([1, 1]);
  const times = useSignal(0);
  const [[a, b], [u, v]] = [parts.value, weights.value];
  const change = (changed: readonly [Grid, Grid]) => {
    parts.value = changed;
    times.value = 0;
  };
  return h('article', { class: 'panel lesson', 'aria-labelledby': 'lesson-add' }, [
    h('h3', { id: 'lesson-add' }, strings.addTitle),
    h('p', null, strings.addLead),
    h('div', { class: 'grids' }, [
      h(NumberGrid, { name: strings.mapA, grid: a, change: (grid) => change([grid, b]) }),
      h(NumberGrid, { name: strings.mapB, grid: b, change: (grid) => change([a, grid]) }),
    ]),
    h('div', { class: 'outcomes' }, [
      h('div', null, [h(NumberGrid, { name: strings.sum, grid: add(a, b) }), h('p', null, strings.sumNote)]),
      h('div', null, [
        h('p', { class: 'caption' }, strings.joined),
        h('div', { class: 'grids joined' }, [
          h(NumberGrid, { name: strings.mapA, grid: a }),
          h(NumberGrid, { name: strings.mapB, grid: b }),
        ]),
        h('p', null, strings.joinedNote),
      ]),
    ]),
    h('div', { class: 'row' }, [
      h(
        'button',
        {
          type: 'button',
          onClick: () => {
            parts.value = otherParts(a, b, times.value);
            times.value++;
          },
        },
        strings.other,
      ),
    ]),
    h('p', { role: 'status' }, times.value > 0 ? strings.otherNote(format().count(times.value)) : ''),
    h('p', null, strings.mixNote),
    h('div', { class: 'grids' }, [
      h('div', null, [
        h(NumberSlider, {
          label: strings.weight('A'),
          value: u,
          least: -2,
          most: 2,
          step: 0.25,
          change: (value) => {
            weights.value = [value, v];
          },
        }),
        h(NumberSlider, {
          label: strings.weight('B'),
          value: v,
          least: -2,
          most: 2,
          step: 0.25,
          change: (value) => {
            weights.value = [u, value];
          },
        }),
      ]),
      h(NumberGrid, { name: strings.mixed, grid: mix(a, b, u, v) }),
    ]),
  ]);
}
