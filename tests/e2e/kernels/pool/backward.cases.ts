import { backwardTiles, poolBackward } from '../../../../src/shaders/pool/backward.ts';
import { backward, forward } from '../../../../src/shaders/pool/reference.ts';
import { pooledColumns, pooledHeight, pooledWidth } from '../../../../src/shaders/pool/shapes.ts';
import { affines, corrections, matrix } from '../../../../src/shaders/random-inputs.ts';
import { defineSuite } from '../kernel-suite.ts';
import { randomSize, SIZES, tileOf } from './sizes.ts';

export default defineSuite({
  kernel: poolBackward,
  sizes: SIZES,
  random: { count: 4, size: randomSize },
  variants: { '': {}, 'a constant norm': { HAS_SUMS: false } },
  nonFinite: { size: 'an odd edge' },
  inputs: (s, random) => {
    // Coarse values: most windows have several equal maxima, or none above zero.
    const x = matrix(random, s.channels, s.images * s.height * s.width, s.stride).map((v) => Math.round(v / 2) * 2);
    const affine = affines(random, s.channels);
    const y = matrix(random, s.channels, pooledColumns(s), s.outStride);
    forward(s, x, affine).values.forEach((value, i) => {
      if (!Number.isNaN(value)) y[i] = value;
    });
    const gradient = matrix(random, s.channels, pooledColumns(s), s.outStride);
    return { gradient, y, correction: corrections(random, s.channels), x, affine };
  },
  reference: (s, { gradient = [], y = [], correction = [], x = [], affine = [] }, p) => {
    const g = backward(s, gradient, y, correction, x, affine);
    const tiles = backwardTiles(s, p);
    const out = { values: g.values.slice(), magnitude: g.magnitude.slice() };
    const sums = {
      values: new Float64Array(2 * s.channels * tiles),
      magnitude: new Float64Array(2 * s.channels * tiles),
    };
    const tile = tileOf(s, p.ROWS);
    for (let c = 0; c < s.channels; c++)
      for (let i = 0; i < s.images * s.height * s.width; i++) {
        const [n, row, column] = [
          Math.floor(i / (s.height * s.width)),
          Math.floor(i / s.width) % s.height,
          i % s.width,
        ];
        const quad = (n * pooledHeight(s) + (row >> 1)) * pooledWidth(s) + (column >> 1);
        const from = c * s.stride + i;
        const to = 2 * (c * tiles + tile(quad));
        const [value = Number.NaN, size = Number.NaN] = [g.values[from], g.magnitude[from]];
        const scale = affine[4 * c] ?? Number.NaN;
        const distance = (x[from] ?? Number.NaN) - (affine[4 * c + 2] ?? Number.NaN);
        out.values[from] = scale * value;
        out.magnitude[from] = Math.abs(scale) * size;
        sums.values[to] = (sums.values[to] ?? 0) + value;
        sums.magnitude[to] = (sums.magnitude[to] ?? 0) + size;
        sums.values[to + 1] = (sums.values[to + 1] ?? 0) + value * distance;
        sums.magnitude[to + 1] = (sums.magnitude[to + 1] ?? 0) + Math.abs(size * distance);
      }
    return p.HAS_SUMS ? { out, sums } : { out };
  },
  // Four windows of three operations each, the scale; then 4 ROWS additions and six more, over 64 invocations.
  roundings: (_, p) => 16 + 4 * p.ROWS + 8,
  place: (binding, i, s) => {
    if (binding === 'sums') return `channel tile ${i >> 1}`;
    const p = i % s.stride;
    const [n, q] = [Math.floor(p / (s.height * s.width)), p % (s.height * s.width)];
    return `channel ${Math.floor(i / s.stride)}, image ${n}, row ${Math.floor(q / s.width)}, column ${q % s.width}`;
  },
});
