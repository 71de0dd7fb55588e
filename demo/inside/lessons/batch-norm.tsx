// Lesson 4: batch norm and ReLU on the values of one channel.

import { useSignal } from '@preact/signals';
import { format, text } from '../../text/text.ts';
import { type Grid, normalise } from './arithmetic.ts';
import { cellText, NumberGrid, NumberSlider } from './number-grid.tsx';

export function BatchNormLesson() {
  const strings = text().inside.lessons;
  const values = useSignal<Grid>([[12, 15, 9, 20, 14, 8]]);
  const scale = useSignal(1);
  const shift = useSignal(0);
  const { mean, variance, normal, affine, activated } = normalise(values.value[0] ?? [], scale.value, shift.value);
  return (
    <article class="panel lesson" aria-labelledby="lesson-norm">
      <h3 id="lesson-norm">{strings.normTitle}</h3>
      <p>{strings.normLead}</p>
      <NumberGrid
        name={strings.values}
        grid={values.value}
        change={(grid) => {
          values.value = grid;
        }}
      />
      <p>{strings.meanIs(cellText(mean), cellText(Math.sqrt(variance)))}</p>
      <NumberGrid name={strings.normal} grid={[normal]} />
      <div class="row">
        <NumberSlider
          label={text().inside.inside.scale}
          value={scale.value}
          least={-2}
          most={2}
          step={0.25}
          change={(value) => {
            scale.value = value;
          }}
        />
        <NumberSlider
          label={text().inside.inside.shift}
          value={shift.value}
          least={-2}
          most={2}
          step={0.25}
          change={(value) => {
            shift.value = value;
          }}
        />
      </div>
      <NumberGrid name={strings.scaled} grid={[affine]} />
      <NumberGrid name={strings.activated} grid={[activated]} />
      <p role="status">{strings.clipped(format().count(activated.filter((value) => value === 0).length))}</p>
    </article>
  );
}
