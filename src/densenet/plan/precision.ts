// How features are stored: float32, or f16, two per word, which is half the memory and half the traffic. Arithmetic,
// statistics, sums, weights, their gradients and the optimizer are float32 in either; so are the gradients of features,
// which need no loss scaling for that reason.

/** `f16-storage` needs no feature of the GPU. */
export type Precision = 'f32' | 'f16-storage';
export const PRECISIONS = ['f32', 'f16-storage'] as const satisfies readonly Precision[];
