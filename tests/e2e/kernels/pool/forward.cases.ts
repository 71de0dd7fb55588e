import { forwardTiles, poolForward } from '../../../../src/shaders/pool/forward.ts';
import { forward } from '../../../../src/shaders/pool/reference.ts';
import { pooledColumns } from '../../../../src/shaders/pool/shapes.ts';
import { affines, matrix } from '../../../../src/shaders/random-inputs.ts';
import { tileStatistics } from '../../../../src/shaders/statistics/reference.ts';
import { defineSuite } from '../kernel-suite.ts';
import { randomSize, SIZES, tileOf } from './sizes.ts';

export default defineSuite({
  kernel: poolForward,
  sizes: SIZES,
  random: { count: 3, size: randomSize },
  packedF16: 'statistics',
  variants: { plain: {}, statistics: { HAS_STATISTICS: true } },
  nonFinite: { size: 'an odd edge' },
  inputs: (s, random) => ({
    x: matrix(random, s.channels, s.images * s.height * s.width, s.stride),
    affine: affines(random, s.channels),
  }),
  reference: (s, { x = [], affine = [] }, p, _settings, stored) => {
    const out = forward(s, x, affine);
    const shape = { channels: s.channels, stride: s.outStride, columns: pooledColumns(s), tiles: forwardTiles(s, p) };
    return { out, partials: tileStatistics(stored(out), shape, tileOf(s, p.ROWS)) };
  },
  // A maximum is one multiply-add; a tile's sum is ROWS additions and six more, over 64 invocations.
  roundings: (_, p) => 2 + (p.HAS_STATISTICS ? p.ROWS + 10 : 0),
});
