// Feature maps as radio buttons: each a small picture with the number of its channel and its largest magnitude.

import { type Signal, useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { Canvas } from '../canvas.tsx';
import { format, text } from '../text/text.ts';
import type { LayerInside } from '../worker/inside.ts';
import { valueText } from './names.ts';
import { largestMagnitude, signedImage, summary } from './tile-image.ts';

interface Props {
  readonly maps: NonNullable<LayerInside['maps']>;
  /** The number of the first channel. */
  readonly first: number;
  readonly channel: Signal<number>;
}

/** So many maps are drawn at first, and more with each asking. */
const MAPS = 32;

export function FeatureMaps({ maps, first, channel }: Props) {
  const strings = text().inside.inside;
  const shown = useSignal(MAPS);
  const { count, height, width, values } = maps;
  const drawn = Math.min(count, shown.value);
  const area = height * width;
  return (
    <div>
      <p>{strings.mapsLead}</p>
      <fieldset class="tiles">
        <legend class="visually-hidden">{strings.mapsOf}</legend>
        {Array.from({ length: drawn }, (_, c) => (
          <Tile
            key={c}
            number={first + c}
            height={height}
            width={width}
            values={values.subarray(c * area, (c + 1) * area)}
            chosen={channel.value === c}
            choose={() => {
              channel.value = c;
            }}
          />
        ))}
      </fieldset>
      {drawn < count && (
        <button type="button" onClick={() => (shown.value += MAPS)}>
          {strings.more(format().count(Math.min(MAPS, count - drawn)))}
        </button>
      )}
    </div>
  );
}

interface TileProps {
  readonly number: number;
  readonly values: Float32Array;
  readonly height: number;
  readonly width: number;
  readonly chosen: boolean;
  readonly choose: () => void;
}

function Tile({ number, values, height, width, chosen, choose }: TileProps) {
  const image = useMemo(() => signedImage(values, height, width), [values, height, width]);
  const { least, mean, most } = useMemo(() => summary(values), [values]);
  const label = text().inside.inside.map(format().count(number), valueText(least), valueText(mean), valueText(most));
  return (
    <label class={chosen ? 'tile chosen' : 'tile'} title={label}>
      <input
        type="radio"
        name="inside-map"
        class="visually-hidden"
        checked={chosen}
        onChange={choose}
        aria-label={label}
      />
      <Canvas image={image} class="pixels" />
      <small aria-hidden>{`${format().count(number)} · ${valueText(largestMagnitude(values))}`}</small>
    </label>
  );
}
