// What the losses' kernels must compute, and how exactly.

import { COMPOSITION_WORDS, MIXTURE_WORD } from '../augment/records.ts';
import { type Data, defineReference, type Expected, type ReferenceInputs } from '../check-kernel.ts';
import { firstNonFinite, noted } from '../parts/reference.ts';
import { lossBinaryCrossEntropy } from './binary-cross-entropy.ts';
import { lossCrossEntropy } from './cross-entropy.ts';
import { lossMixedCrossEntropy } from './mixed-cross-entropy.ts';
import { binaryCrossEntropy, crossEntropy, type Losses, mixedCrossEntropy } from './reference.ts';
import { lossTotal } from './total.ts';

const expectedOf = (out: Losses): Readonly<Record<string, Expected>> => ({
  dlogits: { values: out.dlogits, magnitude: out.dlogitsMagnitude },
  losses: { values: out.losses, magnitude: out.lossesMagnitude },
  correct: { values: out.correct, magnitude: [] },
});

/** The bits of a binding of u32 that holds floats. */
const floatsOf = (bits: ReferenceInputs[string] | undefined): Float32Array =>
  bits ? new Float32Array(bits.buffer, bits.byteOffset, bits.length) : new Float32Array();

export const crossEntropyReference = defineReference({
  kernel: lossCrossEntropy,
  reference: (s, { labels, logits, weights }, { FOCAL }, { step }) =>
    expectedOf(
      crossEntropy(s, labels ?? [], logits ?? [], step?.label_smoothing ?? 0, step?.gradient_scale ?? 1, {
        weights,
        gamma: FOCAL ? step?.focal_gamma : undefined,
      }),
    ),
  roundings: (s) => s.classes / 64 + 6,
});

export const binaryCrossEntropyReference = defineReference({
  kernel: lossBinaryCrossEntropy,
  reference: (s, { labels, logits, weights }, { FOCAL }, { step }) =>
    expectedOf(
      binaryCrossEntropy(s, floatsOf(labels), logits ?? [], step?.gradient_scale ?? 1, {
        weights,
        ...(FOCAL && { gamma: step?.focal_gamma, alpha: step?.focal_alpha }),
      }),
    ),
  roundings: (s) => s.classes / 64 + 6,
});

function mixtures(records: Data | Float64Array | undefined) {
  const words = new Uint32Array(records?.buffer ?? new ArrayBuffer(0), records?.byteOffset ?? 0, records?.length ?? 0);
  const floats = new Float32Array(words.buffer, words.byteOffset, words.length);
  const pick = (from: Uint32Array | Float32Array, place: number) =>
    Array.from(from).filter((_, i) => i % COMPOSITION_WORDS === place);
  return { partner: pick(words, MIXTURE_WORD), weight: pick(floats, MIXTURE_WORD + 1) };
}

export const mixedCrossEntropyReference = defineReference({
  kernel: lossMixedCrossEntropy,
  reference: (s, { labels, records, logits, weights }, _, { step }) => {
    const { label_smoothing: smoothing = 0, gradient_scale: scale = 1 } = step ?? {};
    return expectedOf(mixedCrossEntropy(s, labels ?? [], mixtures(records), logits ?? [], smoothing, scale, weights));
  },
  roundings: (s) => s.classes / 64 + 8,
});

const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0);

export const totalReference = defineReference({
  kernel: lossTotal,
  reference: (_, { losses, correct, out, verdict }, __, { step }) => {
    const image = firstNonFinite(losses ?? []);
    const place = image === undefined ? undefined : image + (step?.first_image ?? 0);
    const [loss, right] = step?.accumulate === 1 ? Array.from(out ?? []) : [0, 0];
    const values = [(loss ?? 0) + sum(losses ?? []) * (step?.gradient_scale ?? 1), (right ?? 0) + sum(correct ?? [])];
    const magnitude = [Math.abs(loss ?? 0) + sum(losses ?? []), 0];
    return { out: { values, magnitude }, verdict: noted(verdict ?? [], 'loss', place) };
  },
  roundings: (s) => s.images / 64 + 8,
});
