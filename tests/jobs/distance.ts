/** Relative L2 difference of two arrays. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [apart, whole] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    apart += ((a[i] ?? Number.NaN) - (b[i] ?? Number.NaN)) ** 2;
    whole += (a[i] ?? Number.NaN) ** 2;
  }
  return whole === 0 ? Math.sqrt(apart) : Math.sqrt(apart / whole);
}
