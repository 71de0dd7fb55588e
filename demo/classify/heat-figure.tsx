// The picture, large, under the map of the chosen class.

import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { Canvas } from '../canvas.tsx';
import { text } from '../text/text.ts';
import { heatImage, inputImage } from './heat-map.ts';
import { OpacitySlider } from './opacity-slider.tsx';
import { pictureName } from './picture.ts';
import type { Shown } from './stage.ts';

/** Pixels of the enlarged map a cell. */
const SCALE = 16;

export function HeatFigure({ shown }: { shown: Shown | undefined }) {
  const strings = text().classify;
  const opacity = useSignal(0.6);
  const input = useMemo(() => {
    if (!shown) return undefined;
    const { pixels, channels, height, width } = shown.picture;
    return inputImage(pixels, channels, height, width);
  }, [shown?.picture]);
  const result = shown?.result;
  const map = result?.top[shown?.chosen ?? 0]?.map;
  const heat = useMemo(() => result && map && heatImage(map, result.mapHeight, result.mapWidth, SCALE), [map]);
  if (!shown || !input)
    return (
      <div class="figure">
        <div class="picture empty" />
      </div>
    );
  const { original, width, height } = shown.picture;
  const aspectRatio = `${width} / ${height}`;
  const label = strings.picture(pictureName(shown.picture));
  return (
    <figure class="figure">
      <div class="picture" style={{ aspectRatio }} role="img" aria-label={label}>
        <Canvas image={original ?? input} class={original ? 'base' : 'base pixels'} />
        {heat && <Canvas image={heat} class="heat" opacity={opacity.value} />}
        {original && (
          <div class="inset" title={strings.seen}>
            <Canvas image={input} class="pixels" />
          </div>
        )}
      </div>
      <figcaption>
        <OpacitySlider label={strings.heatMap} opacity={opacity} />
        <p class="hint">
          <span class="warm">{strings.warm}</span>
          {strings.raises}
          <span class="cool">{strings.cool}</span>
          {strings.lowers}
        </p>
      </figcaption>
    </figure>
  );
}
