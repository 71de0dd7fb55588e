// The job `why`: an explanation of one picture's logit of one class, by any method. A long one ends when the page does not
// want it any more, and is preempted by whatever else is asked of the network.

import { writeSafetensors } from '../../src/data/safetensors.ts';
import { float32Tensor } from '../../src/data/tensor.ts';
import type { ExplainRequest } from '../../src/densenet/explain/methods.ts';
import { type Normalisation, normalised } from '../../src/densenet/normalisation.ts';
import { defineJob, type JobContext } from '../../src/jobs/define-job.ts';
import type { Of } from '../contract.ts';
import type { Loaded } from './loaded.ts';

export type WhyRequest = Of & {
  readonly request: ExplainRequest;
  readonly normalisation: Normalisation;
  /** Bytes [C][H][W] of the network's input. */
  readonly pixels: Uint8Array;
};

/** After each run of a method that takes several. */
export type WhyEvent = { readonly done: number; readonly total: number };

export type WhyAnswer =
  | {
      readonly kind: 'found';
      readonly height: number;
      readonly width: number;
      /** The map has values below zero that mean something. */
      readonly signed: boolean;
      readonly completeness: { readonly error: number; readonly difference: number } | null;
      readonly milliseconds: number;
      /** [height][width] */
      readonly map: Float32Array<ArrayBuffer>;
      /** safetensors of the map, the input and the attribution of each input value where there is one. */
      readonly file: Uint8Array<ArrayBuffer>;
    }
  | { readonly kind: 'cancelled' | 'preempted' };

export const whyJob = (loaded: Loaded) =>
  defineJob('why', (request: WhyRequest, context: JobContext<WhyEvent>) =>
    loaded.enqueueFor(request.network, () => why(loaded, request, context)),
  );

async function why(
  loaded: Loaded,
  { request, normalisation, pixels }: WhyRequest,
  { now, signal, report }: JobContext<WhyEvent>,
): Promise<WhyAnswer> {
  const { explanations } = loaded;
  const { inputChannels, height: rows, width: columns } = explanations.model.config;
  const image = normalised(pixels, normalisation, inputChannels);
  const start = now();
  const found = await explanations.explain(image, request, {
    signal: {
      get aborted() {
        return signal.aborted || loaded.isWanted;
      },
    },
    onProgress: (done, total) => report({ done, total }),
  });
  if (!found) return { kind: signal.aborted ? 'cancelled' : 'preempted' };
  const { map, attribution, completeness = null } = found;
  const { height, width, signed, values } = map;
  const answer = { kind: 'found', height, width, signed, completeness, milliseconds: now() - start } as const;
  const shape = [inputChannels, rows, columns];
  const tensors = new Map([
    ['map', float32Tensor([height, width], values)],
    ['input', float32Tensor(shape, image)],
    ...(attribution ? [['attribution', float32Tensor(shape, attribution)] as const] : []),
  ]);
  const file = writeSafetensors(tensors, { explanation: JSON.stringify({ ...request, ...answer }) });
  return { ...answer, map: values, file };
}
