import { layoutFromNchw, type NchwSize, nchwValues } from '../../../../src/shaders/layout/from-nchw.ts';
import { fromNchw, toNchw } from '../../../../src/shaders/layout/reference.ts';
import { layoutToNchw } from '../../../../src/shaders/layout/to-nchw.ts';
import { defineSuite } from '../kernel-suite.ts';
import { matrix, type Random, vector } from '../random-inputs.ts';

const size = (images: number, channels: number, height: number, width: number): NchwSize => ({
  images,
  channels,
  height,
  width,
  stride: Math.ceil((images * height * width) / 64) * 64,
});
const sizes = {
  'one value': size(1, 1, 1, 1),
  'odd maps': size(5, 3, 7, 9),
  'no padding': size(4, 3, 16, 16),
  'many workgroups': size(9, 2, 31, 17),
};
const random = {
  count: 2,
  size: (r: Random) => size(r.integer(1, 6), r.integer(1, 5), r.integer(1, 20), r.integer(1, 20)),
};

export default [
  defineSuite({
    kernel: layoutFromNchw,
    sizes,
    random,
    nonFinite: { size: 'odd maps' },
    inputs: (s, r) => ({ x: vector(r, nchwValues(s)) }),
    reference: (s, { x }) => {
      const values = fromNchw(s, x ?? []);
      return { out: { values, magnitude: [] } };
    },
    roundings: () => -2,
  }),
  defineSuite({
    kernel: layoutToNchw,
    sizes,
    random,
    nonFinite: { size: 'odd maps' },
    inputs: (s, r) => ({ x: matrix(r, s.channels, s.images * s.height * s.width, s.stride) }),
    reference: (s, { x }) => ({ out: { values: toNchw(s, x ?? []), magnitude: [] } }),
    roundings: () => -2,
  }),
];
