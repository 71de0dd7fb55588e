// A picture and its map as one PNG: the map over the picture, or the two side by side.

import { ConfigError } from '../../src/runtime/errors.ts';
import type { Rgba } from '../classify/heat-map.ts';

export interface Drawing {
  readonly base: Rgba | ImageBitmap;
  readonly heat: Rgba;
  readonly opacity: number;
  readonly sideBySide: boolean;
}

/** @throws ConfigError where the browser cannot draw so large a picture */
export async function drawnPng({ base, heat, opacity, sideBySide }: Drawing): Promise<Blob> {
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
