// The Look inside view's calls into the worker, typed.

import type { LabelledImages } from '../../src/data/idx.ts';
import { imagesAttachments, imagesHead } from '../../src/jobs/labelled.ts';
import { attachment, type Message, message } from '../../src/jobs/message.ts';
import type { WorkerSession } from '../../src/jobs/worker-session.ts';
import type {
  Connection,
  CutEvent,
  CutResult,
  InsideCopies,
  InsideNetwork,
  InsidePass,
  LayerHead,
  PassTimes,
  Place,
} from './inside-protocol.ts';

export interface Weight {
  readonly name: string;
  /** [outputs][inputs], and a convolution's taps. */
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** A batch norm, a value a channel. */
export interface NormValues {
  readonly name: string;
  readonly scale: Float32Array;
  readonly shift: Float32Array;
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

export interface LayerInside {
  /** [count][height][width]; undefined for the classifier. */
  readonly maps:
    | { readonly count: number; readonly height: number; readonly width: number; readonly values: Float32Array }
    | undefined;
  readonly weights: readonly Weight[];
  readonly norms: readonly NormValues[];
  readonly passes: readonly InsidePass[];
}

/** Of whom all of them ask: `LoadedNetwork.id`. They throw `replaced` where another is in use. */
type Id = string;

export async function askNetwork(session: WorkerSession, network: Id): Promise<InsideNetwork> {
  return (await session.run('inside-network', message({ network }))).head as unknown as InsideNetwork;
}

export async function askCopies(session: WorkerSession, network: Id, batch: number): Promise<InsideCopies> {
  return (await session.run('inside-copies', message({ network, batch }))).head as unknown as InsideCopies;
}

/** @param pixels bytes [C][H][W] of the picture that the feature maps shall be of */
export async function askLayer(
  session: WorkerSession,
  network: Id,
  place: Place,
  pixels: Uint8Array,
): Promise<LayerInside> {
  const result = await session.run('inside-layer', message({ network, ...place }, { pixels: pixels.slice() }));
  const { maps, weights, norms, passes } = result.head as unknown as LayerHead;
  return {
    maps: maps ? { ...maps, values: floats(result, 'maps') } : undefined,
    weights: weights.map((weight, i) => ({ ...weight, values: floats(result, `weight ${i}`) })),
    norms: norms.map(({ name, channels }, i) => {
      const values = floats(result, `norm ${i}`);
      const row = (n: number) => values.subarray(n * channels, (n + 1) * channels);
      return { name, scale: row(0), shift: row(1), mean: row(2), variance: row(3) };
    }),
    passes,
  };
}

export async function askTimes(session: WorkerSession, network: Id, place: Place): Promise<PassTimes> {
  return (await session.run('inside-times', message({ network, ...place }))).head as unknown as PassTimes;
}

export interface Outcome {
  /** The share of the images that is right. */
  readonly accuracy: number;
  /** [count][classes] */
  readonly logits: Float32Array;
}

/** What the network makes of `images` without some connections; undefined when it was stopped. */
export async function askWithout(
  session: WorkerSession,
  network: Id,
  cut: readonly Connection[],
  images: LabelledImages,
  onEvent: (event: CutEvent) => void,
  signal: AbortSignal,
): Promise<Outcome | undefined> {
  const head = { network, cut: cut.map((connection) => ({ ...connection })), images: imagesHead(images) };
  const attachments = new Map(imagesAttachments('images', images).map(([name, bytes]) => [name, bytes.slice()]));
  const result = await session.run('inside-cut', message(head, attachments), {
    onEvent: (event) => onEvent(event.head as unknown as CutEvent),
    signal,
  });
  const { accuracy } = result.head as unknown as CutResult;
  return accuracy === null ? undefined : { accuracy, logits: floats(result, 'logits') };
}

const floats = (from: Message, name: string): Float32Array<ArrayBuffer> =>
  new Float32Array(attachment(from, name).slice().buffer);
