// Where a chart's axis is marked.

/** Multiples of 1, 2 or 5 times a power of ten within [low, high], about `count` of them, more rather than fewer. */
export function niceTicks(low: number, high: number, count: number): number[] {
  const rough = (high - low) / count;
  if (!(rough > 0) || !Number.isFinite(rough)) return [low];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [5, 2, 1].map((factor) => factor * power).find((factor) => factor <= rough * (1 + 1e-9)) ?? power;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  // From whole numbers: sums of a step would drift.
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}
