// The webcam, large, under the map of the chosen class, which follows every picture.

import { useEffect, useMemo, useRef } from 'preact/hooks';
import { Canvas } from '../canvas.tsx';
import { heatImage } from '../classify/heat-map.ts';
import type { Page } from '../page.ts';
import { format, text } from '../text/text.ts';
import { CameraChoice, CameraVideo } from './camera-video.tsx';

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
  return (
    <figure ref={figure} class="figure live">
      <CameraVideo
        camera={camera}
        stream={stream}
        label={strings.live}
        shape={{ height, width }}
        onVideo={(video) => (video ? live.run(video) : live.stop())}
      >
        {heat && <Canvas image={heat} class="heat" opacity={OPACITY} />}
      </CameraVideo>
      <figcaption>
        <div class="row">
          <button type="button" class="primary" disabled={!result} onClick={() => page.keepFrame()}>
            {strings.keep}
          </button>
          <button type="button" class="stop" onClick={() => page.stopLive()}>
            {strings.stop}
          </button>
          {rate !== undefined && <span class="hint">{strings.rate(format().decimal(rate, rate < 10 ? 1 : 0))}</span>}
        </div>
        <CameraChoice camera={camera} />
      </figcaption>
    </figure>
  );
}
