// Lesson 1: adding two maps loses what they were, concatenating them does not.

import { useSignal } from '@preact/signals';
import { format, text } from '../../text/text.ts';
import { add, type Grid, mix, otherParts } from './arithmetic.ts';
import { MixSliders, NumberGrid } from './number-grid.tsx';

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
  return (
    <article class="panel lesson" aria-labelledby="lesson-add">
      <h3 id="lesson-add">{strings.addTitle}</h3>
      <p>{strings.addLead}</p>
      <div class="grids">
        <NumberGrid name={strings.mapA} grid={a} change={(grid) => change([grid, b])} />
        <NumberGrid name={strings.mapB} grid={b} change={(grid) => change([a, grid])} />
      </div>
      <div class="outcomes">
        <div>
          <NumberGrid name={strings.sum} grid={add(a, b)} />
          <p>{strings.sumNote}</p>
        </div>
        <div>
          <p class="caption">{strings.joined}</p>
          <div class="grids joined">
            <NumberGrid name={strings.mapA} grid={a} />
            <NumberGrid name={strings.mapB} grid={b} />
          </div>
          <p>{strings.joinedNote}</p>
        </div>
      </div>
      <div class="row">
        <button
          type="button"
          onClick={() => {
            parts.value = otherParts(a, b, times.value);
            times.value++;
          }}
        >
          {strings.other}
        </button>
      </div>
      <p role="status">{times.value > 0 ? strings.otherNote(format().count(times.value)) : ''}</p>
      <p>{strings.mixNote}</p>
      <div class="grids">
        <MixSliders weights={weights} most={2} />
        <NumberGrid name={strings.mixed} grid={mix(a, b, u, v)} />
      </div>
    </article>
  );
}
