// A canvas element that is drawn anew whenever what it shows changes.

import { useEffect, useRef } from 'preact/hooks';
import type { Rgba } from './classify/heat-map.ts';

export interface CanvasProps {
  readonly image: Rgba | ImageBitmap;
  readonly class?: string;
  readonly opacity?: number;
}

/** Decoration: what it shows is said in words beside it. */
export function Canvas({ image, class: name, opacity = 1 }: CanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width, height } = image;
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    context.clearRect(0, 0, width, height);
    if (image instanceof ImageBitmap) context.drawImage(image, 0, 0);
    else context.putImageData(new ImageData(image.data, width, height), 0, 0);
  }, [image]);
  return <canvas ref={canvas} width={width} height={height} class={name} style={{ opacity }} aria-hidden />;
}
