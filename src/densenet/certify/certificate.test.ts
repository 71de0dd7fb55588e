import { expect, it } from 'vitest';
import { float16Bits, unpackF16 } from '../../runtime/float16.ts';
import { Random } from '../../shaders/random-inputs.ts';
import { type Certificate, type Flip, flipText, verdictText, wrongText } from './certificate.ts';
import { roundToF16 } from './rounding.ts';

const flip: Flip = {
  kind: 'relu',
  norm: 'features.norm5',
  image: 1,
  channel: 7,
  row: 2,
  column: 3,
  value: -1.25e-8,
  bound: 3e-7,
};

it('says its verdict, and what is wrong or flipped, in a sentence', () => {
  const certificate: Certificate = {
    verdict: 'exact with flips',
    wrong: undefined,
    flipped: 1,
    of: 10,
    flips: [flip],
    groups: [],
    passes: 3,
    worstPass: { label: '', times: 0 },
    unchecked: [],
  };
  expect(verdictText(certificate)).toBe('exact with 1 flip');
  expect(verdictText({ ...certificate, flipped: 3 })).toBe('exact with 3 flips');
  expect(verdictText({ ...certificate, verdict: 'exact', flipped: 0 })).toBe('exact');
  expect(flipText(flip)).toBe(
    'features.norm5 ReLU, image 1, channel 7, row 2, column 3: pre-activation -1.25e-8, bound 3.0e-7',
  );
  expect(wrongText({ kind: 'flip', flip })).toContain('more than rounding explains');
  expect(
    wrongText({
      kind: 'pass',
      plan: 'training',
      index: 0,
      passes: 9,
      section: 'forward',
      label: 'a b',
      kernel: 'b',
      problem: 'out[0]: got 1, expected 2',
      elements: 4,
    }),
  ).toBe('pass 1 of 9 of the training plan, a b: out[0]: got 1, expected 2; 4 wrong in all');
});

it('rounds to f16 as the GPU stores it', () => {
  const random = new Random(3);
  const scales = [1e-6, 1e-4, 1, 100, 60000, 65519, 70000];
  const values = Float64Array.from({ length: 7000 }, (_, i) => Math.fround(random.value() * (scales[i % 7] ?? 1)));
  const expected = unpackF16(new Uint8Array(float16Bits(Float32Array.from(values)).buffer));
  const rounded = values.slice();
  roundToF16(rounded, 0, rounded.length);
  for (const [i, value] of rounded.entries()) {
    // Below f16's normal numbers ties may go either way.
    if (Math.abs(values[i] ?? 0) < 2 ** -14) expect(Math.abs(value - (expected[i] ?? 0))).toBeLessThanOrEqual(2 ** -24);
    else expect(value, `${values[i]}`).toBe(expected[i]);
  }
});
