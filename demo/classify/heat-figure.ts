// The picture, large, under the map of the chosen class.

import { useSignal } from '@preact/signals';
import { h } from 'preact';
import { useMemo } from 'preact/hooks';
import { Canvas } from '../canvas.ts';
import { text } from '../text/text.ts';
import { heatImage, inputImage } from './heat-map.ts';
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
  if (!shown || !input) return h('div', { class: 'figure' }, h('div', { class: 'picture empty' }));
  const { original, width, height } = shown.picture;
  const aspectRatio = `${width} / ${height}`;
  const label = strings.picture(pictureName(shown.picture));
  return h('figure', { class: 'figure' }, [
    h('div', { class: 'picture', style: { aspectRatio }, role: 'img', 'aria-label': label }, [
      h(Canvas, { image: original ?? input, class: original ? 'base' : 'base pixels' }),
      heat && h(Canvas, { image: heat, class: 'heat', opacity: opacity.value }),
      original && h('div', { class: 'inset', title: strings.seen }, h(Canvas, { image: input, class: 'pixels' })),
    ]),
    h('figcaption', null, [
      h('label', { class: 'slider' }, [
        strings.heatMap,
        h('input', {
          type: 'range',
          min: 0,
          max: 1,
          step: 0.05,
          value: opacity.value,
          onInput: (event: Event & { currentTarget: HTMLInputElement }) => {
            opacity.value = Number(event.currentTarget.value);
          },
        }),
      ]),
      h('p', { class: 'hint' }, [
        h('span', { class: 'warm' }, strings.warm),
        strings.raises,
        h('span', { class: 'cool' }, strings.cool),
        strings.lowers,
      ]),
    ]),
  ]);
}
