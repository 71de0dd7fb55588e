// Repeated measurements in three numbers. A median and two percentiles, because times have a long tail: a mean would
// tell of the machine's other work.

export type Spread = {
  readonly median: number;
  readonly p5: number;
  readonly p95: number;
  readonly repeats: number;
};

/** @throws RangeError for no measurement */
export function spread(values: readonly number[]): Spread {
  if (values.length === 0) throw new RangeError('a spread needs at least one measurement');
  const sorted = values.toSorted((a, b) => a - b);
  return {
    median: quantile(sorted, 0.5),
    p5: quantile(sorted, 0.05),
    p95: quantile(sorted, 0.95),
    repeats: values.length,
  };
}

/** Between the two neighbours in proportion, as NumPy's default does. */
function quantile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1);
  const low = sorted[Math.floor(place)] ?? Number.NaN;
  const high = sorted[Math.ceil(place)] ?? Number.NaN;
  return low + (high - low) * (place - Math.floor(place));
}
