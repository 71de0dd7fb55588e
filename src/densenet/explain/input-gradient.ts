// The input gradient (Simonyan et al., 1312.6034), shown there as the largest magnitude over the channels; and input x
// gradient, whose attributions add up and are shown as their sum, as integrated gradients are.

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
