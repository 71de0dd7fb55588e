// Maps of a single gradient.
// Grad-CAM (Selvaraju et al., 1610.02391): which places of a module's output A raise a class's logit y.
//   weight[c] = mean over (h, w) of d y / d A[c],   map = relu(sum over c of weight[c] * A[c]).
// A is what a hook on torchvision's module sees: `denseblockN` the concatenation, before any norm; `transitionN` the pooled
// convolution; `norm5` the last norm, before its ReLU; `relu5` after it, where the map is the class activation map's
// positive part over its area. (torchvision's ReLU works in place: a tensor that a hook on `features` kept holds relu5.)
// The input gradient (Simonyan et al., 1312.6034), shown there as the largest magnitude over the channels; and input x
// gradient, whose attributions add up and are shown as their sum, as integrated gradients are.

import type { Gradients } from './explainer.ts';

/** Maps [count][height][width] of a run. `signed` keeps what the ReLU would clip: places that lower the logit. */
export function gradCam(
  { shape, values, gradient }: Pick<Gradients, 'shape' | 'values' | 'gradient'>,
  { signed = false }: { readonly signed?: boolean } = {},
): Float32Array<ArrayBuffer> {
  const [channels, height, width] = shape;
  const area = height * width;
  const count = values.length / (channels * area);
  const maps = new Float32Array(count * area);
  for (let n = 0; n < count; n++) {
    const map = new Float64Array(area);
    for (let c = 0; c < channels; c++) {
      const first = (n * channels + c) * area;
      let weight = 0;
      for (let i = first; i < first + area; i++) weight += (gradient[i] ?? 0) / area;
      for (let i = 0; i < area; i++) map[i] = (map[i] ?? 0) + weight * (values[first + i] ?? 0);
    }
    maps.set(signed ? map : map.map((value) => Math.max(0, value)), n * area);
  }
  return maps;
}

/** How one number comes of a pixel's channels: the largest magnitude, or the sum. */
export type ChannelRule = 'largest' | 'sum';

/** [H][W] of an attribution [C][H][W]: the largest absolute value over the channels, or the sum with its sign. */
export function overChannels(values: Float32Array, channels: number, rule: ChannelRule): Float32Array<ArrayBuffer> {
  const area = values.length / channels;
  const pixels = new Float32Array(area);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    const soFar = pixels[i % area] ?? 0;
    pixels[i % area] = rule === 'largest' ? Math.max(soFar, Math.abs(value)) : soFar + value;
  }
  return pixels;
}

/** input * gradient: the logit's first-order share of each value; the two have the same length. */
export const timesInput = (input: Float32Array, gradient: Float32Array): Float32Array<ArrayBuffer> =>
  Float32Array.from(gradient, (value, i) => value * (input[i] ?? 0));
