// The gradient behind the last block, in closed form: the head is BN, ReLU, the mean over the map and a linear layer, so
//   d (seeds . logits) / d relu5[c] = sum over k of seeds[k] * weight[k][c] / (H * W),   the same at every pixel,
// and before the ReLU the same where norm5's output is positive. As the class activation map, it costs no pass.

export interface HeadInput {
  /** [count][C][H][W], the last block's, before norm5. */
  readonly features: Float32Array;
  readonly shape: readonly [channels: number, height: number, width: number];
  /** vec4 a channel of norm5: scale, shift, and two more. */
  readonly affine: Float32Array;
  /** [classes][C] */
  readonly weight: Float32Array;
  /** [count][classes] */
  readonly seeds: Float32Array;
  readonly count: number;
}

/** norm5's output and its gradient, [count][C][H][W]; `isRelu`: those behind its ReLU. */
export function headGradient(
  { features, shape, affine, weight, seeds, count }: HeadInput,
  isRelu: boolean,
): { values: Float32Array<ArrayBuffer>; gradient: Float32Array<ArrayBuffer> } {
  const [channels, height, width] = shape;
  const area = height * width;
  const classes = weight.length / channels;
  const values = new Float32Array(count * channels * area);
  const gradient = new Float32Array(values.length);
  for (let n = 0; n < count; n++) {
    for (let c = 0; c < channels; c++) {
      let pooled = 0;
      for (let k = 0; k < classes; k++) pooled += (seeds[n * classes + k] ?? 0) * (weight[k * channels + c] ?? 0);
      const scale = affine[4 * c] ?? 0;
      const shift = affine[4 * c + 1] ?? 0;
      const first = (n * channels + c) * area;
      for (let i = first; i < first + area; i++) {
        const value = (features[i] ?? 0) * scale + shift;
        values[i] = isRelu ? Math.max(0, value) : value;
        gradient[i] = isRelu || value > 0 ? pooled / area : 0;
      }
    }
  }
  return { values, gradient };
}
