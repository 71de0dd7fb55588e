// Lesson 4: batch norm and ReLU on the values of one channel.

import { useSignal } from '@preact/signals';
import { h } from 'preact';
import { format, text } from '../../text/text.ts';
import { type Grid, normalise } from './arithmetic.ts';
import { cellText, NumberGrid, NumberSlider } from './number-grid.ts';

export function BatchNormLesson() {
  const strings = text().inside.lessons;
  const values = useSignal<Grid>([[12, 15, 9, 20, 14, 8]]);
  const scale = useSignal(1);
  const shift = useSignal(0);
  const { mean, variance, normal, affine, activated } = normalise(values.value[0] ?? [], scale.value, shift.value);
  return h('article', { class: 'panel lesson', 'aria-labelledby': 'lesson-norm' }, [
    h('h3', { id: 'lesson-norm' }, strings.normTitle),
    h('p', null, strings.normLead),
    h(NumberGrid, {
      name: strings.values,
      grid: values.value,
      change: (grid) => {
        values.value = grid;
      },
    }),
    h('p', null, strings.meanIs(cellText(mean), cellText(Math.sqrt(variance)))),
    h(NumberGrid, { name: strings.normal, grid: [normal] }),
    h('div', { class: 'row' }, [
      h(NumberSlider, {
        label: text().inside.inside.scale,
        value: scale.value,
        least: -2,
        most: 2,
        step: 0.25,
        change: (value) => {
          scale.value = value;
        },
      }),
      h(NumberSlider, {
        label: text().inside.inside.shift,
        value: shift.value,
        least: -2,
        most: 2,
        step: 0.25,
        change: (value) => {
          shift.value = value;
        },
      }),
    ]),
    h(NumberGrid, { name: strings.scaled, grid: [affine] }),
    h(NumberGrid, { name: strings.activated, grid: [activated] }),
    h('p', { role: 'status' }, strings.clipped(format().count(activated.filter((value) => value === 0).length))),
  ]);
}
