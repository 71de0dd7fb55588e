// NaN and infinity in what comes out of a network, and what is to blame for it: an image, the network as it was loaded, or
// neither of them, where finite numbers overflow. Nothing here runs unless something is wrong.

import { type NonFinite, NotFiniteError } from '../runtime/errors.ts';
import type { DenseNet } from './model.ts';
import type { Network } from './network.ts';
import { type Arenas, type StateTensor, statePlaces } from './state.ts';

export interface NonFiniteImage {
  /** Counted from 0 in the images of the call. */
  readonly image: number;
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

/** The tensor that an element of an arena belongs to; undefined for padding. */
export const tensorAt = (network: Network, arena: keyof Arenas, element: number): string | undefined =>
  statePlaces(network).find((p) => p.arena === arena && element >= p.offset && element < p.offset + p.count)?.name;

/**
 * Of images whose logits are not finite, what is to blame: the image itself, else the network's first tensor that is not
 * finite, else an overflow.
 * @param images NCHW, as the call was given them; bytes are always finite
 * @param bad as `nonFiniteImages` gives them
 */
export async function blame(
  model: DenseNet,
  images: Float32Array | Uint8Array,
  bad: readonly number[],
): Promise<NonFiniteImage[]> {
  if (bad.length === 0) return [];
  const { inputChannels, height, width } = model.config;
  const each = inputChannels * height * width;
  const isBad = (image: number) =>
    images instanceof Float32Array && !images.subarray(image * each, (image + 1) * each).every(Number.isFinite);
  const tensor = bad.every(isBad) ? undefined : nonFiniteTensor(await model.stateDict());
  return bad.map((image) => ({
    image,
    found: isBad(image) ? { kind: 'image', image } : (tensor ?? { kind: 'overflow', image }),
  }));
}

/**
 * @throws NotFiniteError where logits [count][classes] are not finite, naming the images and what is to blame for the first
 */
export async function refuseNonFinite(
  model: DenseNet,
  images: Float32Array | Uint8Array,
  logits: Float32Array,
): Promise<void> {
  const bad = nonFiniteImages(logits, model.config.classes);
  const [first] = await blame(model, images, bad);
  if (first) throw new NotFiniteError(first.found, { images: bad });
}
