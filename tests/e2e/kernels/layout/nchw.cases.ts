import { fromNchwReference, toNchwReference } from '../../../../src/shaders/layout/checks.ts';
import { type NchwSize, nchwValues } from '../../../../src/shaders/layout/from-nchw.ts';
import { NO_OP_STEP } from '../../../../src/shaders/parts/step.ts';
import { matrix, type Random, vector } from '../../../../src/shaders/random-inputs.ts';
import { defineSuite } from '../kernel-suite.ts';
import { clean } from '../verdicts.ts';

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
    ...fromNchwReference,
    sizes,
    random,
    nonFinite: { size: 'odd maps' },
    variants: { '': {}, 'notes a bad image': { RECORDS: true } },
    inputs: (s, r, p) => ({ x: vector(r, nchwValues(s)), ...(p.RECORDS && { verdict: clean() }) }),
    settings: () => ({ step: { ...NO_OP_STEP, first_image: 12 } }),
  }),
  defineSuite({
    ...toNchwReference,
    sizes,
    random,
    nonFinite: { size: 'odd maps' },
    inputs: (s, r) => ({ x: matrix(r, s.channels, s.images * s.height * s.width, s.stride) }),
  }),
];
