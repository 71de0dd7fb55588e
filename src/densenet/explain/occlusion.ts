// Occlusion (Zeiler and Fergus, 1311.2901): a window slides over the image and covers it with a flat value; a pixel's score
// is how much the logit falls, on average over the windows that cover it: y(image) - y(covered). Windows as Captum's
// Occlusion places them: every `stride` from the top left, all channels at once, the last one clipped at the edge. No gradient:
// inference runs alone, once per window and once for the image.

import { ConfigError } from '../../runtime/errors.ts';
import { aNumber, checkOptions, must, type Rule, type Rules, required } from '../../runtime/options.ts';
import type { Inference } from '../inference.ts';
import {
  checkExplained,
  type Explained,
  inMicroBatches,
  PROGRESS_RULES,
  type ProgressOptions,
  requireWhole,
} from './micro-batches.ts';

const aPair: Rule = must(
  (value) => Array.isArray(value) && value.length === 2,
  'must be two numbers, [height, width] in pixels',
);

/** Options of occlusion (Zeiler and Fergus, 1311.2901); sizes in pixels. */
export interface OcclusionOptions extends ProgressOptions {
  /** Height and width of the window. */
  readonly window: readonly [number, number];
  /** From one window to the next, down and across; at most the window's size. */
  readonly stride: readonly [number, number];
  /** What covers, in the network's (normalised) values. Default 0: the training images' mean. */
  readonly baseline?: number;
}

/** `checkWindows` checks against the image's size. */
export const OCCLUSION_RULES = {
  window: aPair,
  stride: aPair,
  baseline: aNumber(() => true, 'must be a finite number'),
} satisfies Rules<Omit<OcclusionOptions, keyof ProgressOptions>>;

/** A window of a seventh of the image's size, moved by half of that. */
export function defaultWindows({ height, width }: { readonly height: number; readonly width: number }) {
  const window = [Math.ceil(height / 7), Math.ceil(width / 7)] as const;
  return { window, stride: [Math.ceil(window[0] / 2), Math.ceil(window[1] / 2)] } as const;
}

/** How many windows there are, down and across. */
export function occlusionWindows(
  { height, width }: { readonly height: number; readonly width: number },
  { window, stride }: Pick<OcclusionOptions, 'window' | 'stride'>,
): readonly [number, number] {
  return [Math.ceil((height - window[0]) / stride[0]) + 1, Math.ceil((width - window[1]) / stride[1]) + 1];
}

/**
 * Scores [H][W], of the image as it is at the call; undefined where the signal aborted it.
 * @param inference of float32 images (made without a normalisation); its batch is how many windows run at once
 * @throws ConfigError for invalid options or sizes
 */
export async function occlusion(
  inference: Inference,
  explained: Explained,
  options: OcclusionOptions,
): Promise<Float32Array<ArrayBuffer> | undefined> {
  const rules = { ...OCCLUSION_RULES, window: required(aPair), stride: required(aPair), ...PROGRESS_RULES };
  checkOptions<OcclusionOptions>('options of occlusion', options, rules);
  const { window, stride, baseline = 0, ...progress } = options;
  checkExplained(inference, explained);
  const [image, seed] = [explained.image.slice(), explained.seed.slice()];
  const { inputChannels, height, width } = inference.model.config;
  checkWindows({ height, width }, window, stride);
  const covered = coveredPixels({ height, width }, { window, stride });
  const area = height * width;
  const sums = new Float64Array(area);
  const covers = new Uint32Array(area);
  let imageValue = 0;
  const { batch } = inference.plan;
  const images = new Float32Array(batch * image.length);
  const [down, across] = occlusionWindows({ height, width }, { window, stride });
  // Index 0 is the image itself, window w is index w + 1: so the image costs no run of its own.
  const isComplete = await inMicroBatches(down * across + 1, batch, progress, async (first, count) => {
    for (let n = 0; n < count; n++) {
      images.set(image, n * image.length);
      const pixels = first + n === 0 ? [] : covered(first + n - 1);
      for (let c = 0; c < inputChannels; c++)
        for (const pixel of pixels) images[n * image.length + c * area + pixel] = baseline;
    }
    const logits = await inference.logits(images.subarray(0, count * image.length), count);
    for (let n = 0; n < count; n++) {
      let value = 0;
      for (const [k, share] of seed.entries()) value += share * (logits[n * seed.length + k] ?? 0);
      if (first + n === 0) imageValue = value;
      else
        for (const pixel of covered(first + n - 1)) {
          sums[pixel] = (sums[pixel] ?? 0) + imageValue - value;
          covers[pixel] = (covers[pixel] ?? 0) + 1;
        }
    }
  });
  return isComplete ? Float32Array.from(sums, (sum, i) => sum / (covers[i] ?? 1)) : undefined;
}

/** The pixels that each window covers; windows are counted row by row. */
function coveredPixels(
  { height, width }: { readonly height: number; readonly width: number },
  windows: Pick<OcclusionOptions, 'window' | 'stride'>,
): (index: number) => readonly number[] {
  const { window, stride } = windows;
  const [, across] = occlusionWindows({ height, width }, windows);
  return (index) => {
    const top = Math.floor(index / across) * stride[0];
    const left = (index % across) * stride[1];
    const pixels: number[] = [];
    for (let row = top; row < Math.min(height, top + window[0]); row++)
      for (let column = left; column < Math.min(width, left + window[1]); column++) pixels.push(row * width + column);
    return pixels;
  };
}

function checkWindows(
  { height, width }: { readonly height: number; readonly width: number },
  window: readonly [number, number],
  stride: readonly [number, number],
): void {
  for (const [i, size] of [height, width].entries()) {
    const [side = 0, step = 0] = [window[i], stride[i]];
    requireWhole('window', side, 1);
    requireWhole('stride', step, 1);
    if (side > size) throw new ConfigError('window', window, `is larger than the image, ${height}x${width}`);
    if (step > side) throw new ConfigError('stride', stride, 'must be at most the window, or pixels are left out');
  }
}
