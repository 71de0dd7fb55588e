// What the gradient kernels compute, as the formulas read: float64, plain loops.

type Numbers = ArrayLike<number>;

/** sum over splits of partials [splits][count], added to `before` where it is given; magnitude: of absolute values. */
export function reduce(
  count: number,
  splits: number,
  partials: Numbers,
  before?: Numbers,
): { values: Float64Array; magnitude: Float64Array } {
  const values = new Float64Array(count);
  const magnitude = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const terms = Array.from({ length: splits }, (_, s) => partials[s * count + i] ?? Number.NaN);
    if (before) terms.push(before[i] ?? Number.NaN);
    values[i] = terms.reduce((sum, term) => sum + term, 0);
    magnitude[i] = terms.reduce((sum, term) => sum + Math.abs(term), 0);
  }
  return { values, magnitude };
}
