// NaN and infinity in a network's results, and their cause: an image, the network as it was loaded, or neither of them, where
// finite numbers overflow. The network is only searched where logits are not finite.

import { type NonFinite, NotFiniteError } from '../runtime/errors.ts';
import type { DenseNetConfig } from './config.ts';
import type { DenseNet } from './model.ts';
import type { StateTensor } from './state-dict.ts';

/** An image whose logits are not finite, and why. */
export interface NonFiniteImage {
  /** Index among the images of the call. */
  readonly image: number;
  /** What is to blame. */
  readonly found: NonFinite;
}

/** Images whose logits [count][classes] are not all finite, in their order. */
export function nonFiniteImages(logits: Float32Array, classes: number): number[] {
  const bad = new Set<number>();
  for (let i = logits.findIndex((v) => !Number.isFinite(v)); i >= 0 && i < logits.length; i++) {
    if (!Number.isFinite(logits[i])) bad.add(Math.floor(i / classes));
  }
  return [...bad];
}

/** The first tensor of the network that holds NaN or infinity: a parameter or a running statistic. */
export function nonFiniteTensor(state: ReadonlyMap<string, StateTensor>): NonFinite | undefined {
  for (const [name, { values }] of state) {
    if (values.every(Number.isFinite)) continue;
    return { kind: /\.running_(mean|var)$/.test(name) ? 'statistic' : 'parameter', name };
  }
  return undefined;
}

/** Images [count][each] that hold NaN or infinity, in their order; bytes never do. */
export function nonFiniteInputs(images: Float32Array | Uint8Array, each: number): number[] {
  if (images instanceof Uint8Array) return [];
  const bad: number[] = [];
  for (let image = 0; image * each < images.length; image++) {
    // A number minus itself is 0, or NaN where it is not finite: far faster than a test of each.
    let sum = 0;
    const end = Math.min(images.length, (image + 1) * each);
    for (let i = image * each; i < end; i++) {
      const value = images[i] ?? 0;
      sum += value - value;
    }
    if (sum !== 0) bad.push(image);
  }
  return bad;
}

/** Values of one image. */
export const imageValues = ({ inputChannels, height, width }: DenseNetConfig): number => inputChannels * height * width;

/**
 * The cause for each image whose logits are not finite: the image itself, else the network's first tensor that is not finite,
 * else an overflow.
 * @param images NCHW, those of the call; bytes are always finite
 * @param bad from `nonFiniteImages`
 */
export const blame = (
  model: DenseNet,
  images: Float32Array | Uint8Array,
  bad: readonly number[],
): Promise<NonFiniteImage[]> => blamed(model, nonFiniteInputs(images, imageValues(model.config)), bad);

async function blamed(model: DenseNet, inputs: readonly number[], bad: readonly number[]): Promise<NonFiniteImage[]> {
  if (bad.length === 0) return [];
  const hasOtherCause = bad.some((image) => !inputs.includes(image));
  const tensor = hasOtherCause ? nonFiniteTensor(await model.stateDict()) : undefined;
  return bad.map((image) => ({
    image,
    found: inputs.includes(image) ? { kind: 'image', image } : (tensor ?? { kind: 'overflow', image }),
  }));
}

/**
 * @param inputs the images that hold NaN or infinity (`nonFiniteInputs`), found at the call
 * @throws NotFiniteError where logits [count][classes] are not finite, naming the images and the cause of the first
 */
export async function refuseNonFinite(model: DenseNet, inputs: readonly number[], logits: Float32Array): Promise<void> {
  const bad = nonFiniteImages(logits, model.config.classes);
  const [first] = await blamed(model, inputs, bad);
  if (first) throw new NotFiniteError(first.found, { images: bad });
}
