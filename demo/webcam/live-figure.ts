// The webcam, large, under the map of the chosen class, which follows every picture.

import { h } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { Canvas } from '../canvas.ts';
import { heatImage } from '../classify/heat-map.ts';
import type { Page } from '../page.ts';
import { format, text } from '../text/text.ts';
import { CameraChoice, CameraVideo } from './camera-video.ts';

/** Pixels of the enlarged map a cell. */
const SCALE = 8;
const OPACITY = 0.6;

export function LiveFigure({ page, stream }: { page: Page; stream: MediaStream }) {
  const strings = text().webcam;
  const { camera, live } = page;
  const network = page.network.value;
  const shown = page.shown.value;
  const result = shown?.picture.live ? shown.result : undefined;
  const map = result?.top[shown?.chosen ?? 0]?.map;
  const heat = useMemo(() => result && map && heatImage(map, result.mapHeight, result.mapWidth, SCALE), [map]);
  // Another view has no use for the camera: its light goes out.
  useEffect(() => () => camera.stop(), []);
  // The button that turned it on may stand below all of it.
  const figure = useRef<HTMLElement>(null);
  useEffect(() => figure.current?.scrollIntoView({ block: 'nearest' }), []);
  if (!network) return null;
  const { height, width } = network.loaded;
  const rate = live.rate.value;
  return h('figure', { ref: figure, class: 'figure live' }, [
    h(
      CameraVideo,
      {
        camera,
        stream,
        label: strings.live,
        shape: { height, width },
        onVideo: (video) => (video ? live.run(video) : live.stop()),
      },
      heat && h(Canvas, { image: heat, class: 'heat', opacity: OPACITY }),
    ),
    h('figcaption', null, [
      h('div', { class: 'row' }, [
        h(
          'button',
          { type: 'button', class: 'primary', disabled: !result, onClick: () => page.keepFrame() },
          strings.keep,
        ),
        h('button', { type: 'button', class: 'stop', onClick: () => page.stopLive() }, strings.stop),
        rate !== undefined && h('span', { class: 'hint' }, strings.rate(format().decimal(rate, rate < 10 ? 1 : 0))),
      ]),
      h(CameraChoice, { camera }),
    ]),
  ]);
}
