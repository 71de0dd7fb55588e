// What the job `why` is asked and answers. Only types.

import type { ExplainRequest } from '../../src/densenet/explain/methods.ts';
import type { Normalisation } from '../../src/densenet/normalisation.ts';

/** Beside it the attachment `pixels`, bytes [C][H][W]. */
export type WhyRequest = ExplainRequest & { readonly normalisation: Normalisation };

/** After each run of a method that takes several. */
export type WhyEvent = { readonly done: number; readonly total: number };

/**
 * With `found` come the attachments `map`, float32 [height][width], and `file`, safetensors of the map, the input and the
 * attribution of each input value where there is one.
 */
export type WhyAnswer =
  | {
      readonly kind: 'found';
      readonly height: number;
      readonly width: number;
      /** The map has values below zero that mean something. */
      readonly signed: boolean;
      readonly completeness: { readonly error: number; readonly difference: number } | null;
      readonly milliseconds: number;
    }
  | { readonly kind: 'cancelled' | 'gave way' };
