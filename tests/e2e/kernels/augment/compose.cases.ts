import { augmentCompose } from '../../../../src/shaders/augment/compose.ts';
import { sourceWords } from '../../../../src/shaders/augment/parts.ts';
import { COMPOSITION_WORDS, MIXTURE_WORD } from '../../../../src/shaders/augment/records.ts';
import { compose } from '../../../../src/shaders/augment/reference.ts';
import type { NchwSize } from '../../../../src/shaders/layout/from-nchw.ts';
import type { Random } from '../../../../src/shaders/random-inputs.ts';
import { defineSuite } from '../kernel-suite.ts';

const size = (images: number, channels: number, height: number, width: number): NchwSize => ({
  images,
  channels,
  height,
  width,
  stride: Math.ceil((images * height * width) / 64) * 64,
});

/** Every image flipped, shifted, erased and mixed in another way. */
export function compositions(images: number, height: number, width: number, random: Random): Uint32Array {
  const view = new DataView(new ArrayBuffer(images * COMPOSITION_WORDS * 4));
  for (let n = 0; n < images; n++) {
    const word = (i: number, value: number) => view.setUint32(4 * (n * COMPOSITION_WORDS + i), value, true);
    const rectangle = (first: number) => {
      const [top, left] = [random.integer(0, height - 1), random.integer(0, width - 1)];
      const corners = [top, left, random.integer(top, height), random.integer(left, width)];
      for (const [i, corner] of corners.entries()) word(first + i, corner);
    };
    word(0, random.integer(0, 3));
    word(1, random.integer(-4, 4) >>> 0);
    word(2, random.integer(-4, 4) >>> 0);
    rectangle(4);
    rectangle(12);
    word(MIXTURE_WORD, random.integer(0, images - 1));
    view.setFloat32(4 * (n * COMPOSITION_WORDS + MIXTURE_WORD + 1), random.integer(0, 1000) / 1000, true);
    word(MIXTURE_WORD + 2, random.integer(0, 2));
  }
  return new Uint32Array(view.buffer);
}

export default defineSuite<NchwSize, typeof augmentCompose.parameters, typeof augmentCompose.bindings>({
  kernel: augmentCompose,
  sizes: {
    'one byte': size(1, 1, 1, 1),
    'odd images': size(7, 3, 5, 9),
    'many channels': size(3, 6, 4, 3),
    'more pixels than invocations': size(5, 1, 17, 19),
  },
  random: { count: 2, size: (r) => size(r.integer(1, 9), r.integer(1, 6), r.integer(1, 20), r.integer(1, 20)) },
  variants: { 'as chosen': {}, bytes: { PACKED: false } },
  packedF16: false,
  nonFinite: { size: 'odd images' },
  inputs: (s, random, parameters) => ({
    pixels: Uint32Array.from(
      { length: sourceWords({ ...s, sourceHeight: s.height, sourceWidth: s.width }, parameters) },
      () => random.word(),
    ),
    normalisation: Float32Array.from({ length: 2 * s.channels }, (_, i) =>
      i % 2 === 0 ? 1 / (255 * 0.25) : -random.integer(100, 150) / 64,
    ),
    records: compositions(s.images, s.height, s.width, random),
  }),
  reference: (s, { pixels = [], normalisation = [], records }, { PACKED }) => ({
    out: compose(s, PACKED, pixels, normalisation, Uint32Array.from(records ?? [])),
  }),
  // Two of each image's value, one of 1 - weight, one of a product, one of the sum.
  roundings: () => 5,
});
