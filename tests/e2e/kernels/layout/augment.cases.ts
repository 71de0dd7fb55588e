import { layoutAugment } from '../../../../src/shaders/layout/augment.ts';
import { type NchwSize, nchwValues } from '../../../../src/shaders/layout/from-nchw.ts';
import { augment } from '../../../../src/shaders/layout/reference.ts';
import { defineSuite } from '../kernel-suite.ts';

interface Size extends NchwSize {
  readonly mirror: number;
  readonly shift: number;
}

const size = (images: number, channels: number, height: number, width: number, mirror = 1, shift = 4): Size => ({
  images,
  channels,
  height,
  width,
  mirror,
  shift,
  stride: Math.ceil((images * height * width) / 64) * 64,
});

export default defineSuite<Size, typeof layoutAugment.parameters, typeof layoutAugment.bindings>({
  kernel: layoutAugment,
  sizes: {
    'one byte': size(1, 1, 1, 1),
    'only normalised': size(3, 3, 8, 8, 0, 0),
    'only mirrored': size(16, 1, 5, 7, 1, 0),
    'only shifted, most of it out of the image': size(8, 2, 3, 3, 0, 4),
    'CIFAR images': size(6, 3, 32, 32),
  },
  random: {
    count: 2,
    size: (r) =>
      size(r.integer(1, 9), r.integer(1, 4), r.integer(1, 20), r.integer(1, 20), r.integer(0, 1), r.integer(0, 5)),
  },
  nonFinite: { size: 'only normalised' },
  inputs: (s, random) => ({
    pixels: Uint32Array.from({ length: Math.ceil(nchwValues(s) / 4) }, () => random.word()),
    normalisation: Float32Array.from({ length: 2 * s.channels }, (_, i) =>
      i % 2 === 0 ? 1 / (255 * 0.25) : -random.integer(100, 150) / 64,
    ),
  }),
  settings: (s, random) => ({ augment: { seed: random.word(), mirror: s.mirror, shift: s.shift } }),
  reference: (s, { pixels, normalisation }, _, { augment: settings }) => {
    const bytes = new Uint8Array(pixels?.buffer ?? new ArrayBuffer(0));
    const options = { seed: settings?.seed ?? 0, mirror: s.mirror === 1, shift: s.shift };
    return { out: augment(s, options, bytes, normalisation ?? []) };
  },
  roundings: () => 2,
});
