// What an explanation found: its map over the picture or beside it, what its colours mean, what it took, and both to keep.

import { type Signal, signal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { colourMap } from '../../src/data/colour-map.ts';
import { ConfigError } from '../../src/runtime/errors.ts';
import { Canvas } from '../canvas.tsx';
import { inputImage, type Rgba } from '../classify/heat-map.ts';
import { OpacitySlider } from '../classify/opacity-slider.tsx';
import { pictureName } from '../classify/picture.ts';
import { download } from '../files.ts';
import { className, format, text } from '../text/text.ts';
import { type Explained, targetTitle } from './why.ts';

/** Pixels of the longer side of an enlarged map. */
const SIDE = 448;

const opacity: Signal<number> = signal(0.7);
const sideBySide = signal(false);

export function WhyFigure({ explained }: { explained: Explained }) {
  const strings = text().why;
  const { picture, method, target, label, network, map, height, width, signed, file } = explained;
  const name = className(network.loaded.classNames[label] ?? String(label));
  const title = method === 'grad-cam' ? strings.gradCamAt(targetTitle(target, strings)) : strings.methods[method];
  const input = useMemo(() => inputImage(picture.pixels, picture.channels, picture.height, picture.width), [picture]);
  const heat = useMemo(() => {
    const scale = SIDE / Math.max(picture.height, picture.width);
    const [rows, columns] = [Math.round(picture.height * scale), Math.round(picture.width * scale)];
    return colourMap(map, { height, width, rows, columns, signed });
  }, [map]);
  const base = picture.original ?? input;
  const frame = (children: unknown[], says: string) => (
    <div class="picture" role="img" aria-label={says}>
      {children as []}
    </div>
  );
  const drawn = <Canvas image={base} class={picture.original ? 'base' : 'base pixels'} />;
  const over = strings.figure(title, name, pictureName(picture));
  const stem = `${method}-${name.replace(/[^\p{L}\p{N}]+/gu, '-')}`;
  return (
    <figure class="why-figure">
      <div class={sideBySide.value ? 'pair' : 'one'}>
        {frame(
          sideBySide.value ? [drawn] : [drawn, <Canvas image={heat} class="heat" opacity={opacity.value} />],
          sideBySide.value ? pictureName(picture) : over,
        )}
        {sideBySide.value && frame([<Canvas image={heat} class="heat" />], strings.alone(title, name))}
      </div>
      <figcaption>
        <p>
          <strong>{over}</strong>
        </p>
        <OpacitySlider label={strings.opacity} opacity={opacity} disabled={sideBySide.value} />
        <label class="check">
          <input
            type="checkbox"
            checked={sideBySide.value}
            onChange={() => {
              sideBySide.value = !sideBySide.value;
            }}
          />
          {strings.sideBySide}
        </label>
        <Legend signed={signed} />
        <Facts explained={explained} />
        <div class="row">
          <button
            type="button"
            onClick={async () => {
              const drawing = { base, heat, opacity: opacity.value, sideBySide: sideBySide.value };
              download(`${stem}.png`, await drawnPng(drawing));
            }}
          >
            {strings.savePng}
          </button>
          {file && (
            <button type="button" onClick={() => download(`${stem}.safetensors`, new Blob([file]))}>
              {strings.saveMap}
            </button>
          )}
        </div>
      </figcaption>
    </figure>
  );
}

function Legend({ signed }: { signed: boolean }) {
  const strings = text().why;
  if (!signed) {
    return (
      <p class="hint legend">
        {strings.least}
        <span class="ramp" aria-hidden />
        {strings.most}
      </p>
    );
  }
  return (
    <p class="hint">
      <span class="warm">{strings.warm}</span>
      {strings.raises}
      <span class="cool">{strings.cool}</span>
      {strings.lowers}
    </p>
  );
}

function Facts({ explained: { method, milliseconds, completeness } }: { explained: Explained }) {
  const strings = text().why;
  const { decimal, duration } = format();
  const time = duration(milliseconds);
  return (
    <p class="hint">
      {method === 'cam' ? strings.free(time) : strings.took(time)}
      {completeness &&
        ` ${strings.adds(decimal(completeness.difference, 3), decimal(Math.abs(completeness.error), 4))}`}
    </p>
  );
}

// A picture and its map as one PNG: the map over the picture, or the two side by side.

export interface Drawing {
  readonly base: Rgba | ImageBitmap;
  readonly heat: Rgba;
  readonly opacity: number;
  readonly sideBySide: boolean;
}

/** @throws ConfigError where the browser cannot draw so large a picture */
async function drawnPng({ base, heat, opacity, sideBySide }: Drawing): Promise<Blob> {
  const { width, height } = heat;
  const canvas = new OffscreenCanvas(sideBySide ? 2 * width : width, height);
  const context = contextOf(canvas);
  context.fillStyle = '#000';
  context.fillRect(0, 0, canvas.width, height);
  // Pixels of a small picture stay squares, as on the page.
  context.imageSmoothingEnabled = base instanceof ImageBitmap;
  context.drawImage(drawable(base), 0, 0, width, height);
  context.globalAlpha = sideBySide ? 1 : opacity;
  context.drawImage(drawable(heat), sideBySide ? width : 0, 0);
  return canvas.convertToBlob({ type: 'image/png' });
}

function drawable(image: Rgba | ImageBitmap): CanvasImageSource {
  if (image instanceof ImageBitmap) return image;
  const canvas = new OffscreenCanvas(image.width, image.height);
  contextOf(canvas).putImageData(new ImageData(image.data, image.width, image.height), 0, 0);
  return canvas;
}

function contextOf(canvas: OffscreenCanvas): OffscreenCanvasRenderingContext2D {
  const context = canvas.getContext('2d');
  if (!context)
    throw new ConfigError('canvas', `${canvas.width}x${canvas.height}`, 'is more than this browser can draw');
  return context;
}
