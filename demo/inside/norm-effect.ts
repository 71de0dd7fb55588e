// What a batch norm with fixed statistics and the ReLU after it do to a channel: y = max(0, a x + b), a line with a corner.

/** PyTorch's, added to the variance. */
const EPSILON = 1e-5;

export interface ChannelEffect {
  /** y = max(0, slope * x + offset) */
  readonly slope: number;
  readonly offset: number;
  /** What comes through: values above or below `at`, everything, or nothing but one constant. */
  readonly passes: { readonly kind: 'above' | 'below'; readonly at: number } | { readonly kind: 'constant' };
}

export function channelEffect(scale: number, shift: number, mean: number, variance: number): ChannelEffect {
  const slope = scale / Math.sqrt(variance + EPSILON);
  const offset = shift - mean * slope;
  if (slope === 0) return { slope, offset, passes: { kind: 'constant' } };
  return { slope, offset, passes: { kind: slope > 0 ? 'above' : 'below', at: -offset / slope } };
}
