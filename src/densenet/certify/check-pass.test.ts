// A pass is held against float64 at its own inputs; of a pre-activation that is zero only where fma is split into two roundings, what the
// pass wrote says which side it took.
import { describe, expect, it } from 'vitest';
import { Program } from '../../runtime/program.ts';
import { Random } from '../../shaders/random-inputs.ts';
import { transitionPoolBackward } from '../../shaders/transition/pool-backward.ts';
import { asSplit, checkPass } from './check-pass.ts';
import { TracedMemory } from './trace.ts';

/** 3 times a third is 1 after rounding, and a little more before. */
const THIRD = Math.fround(1 / 3);
const SIZE = { channels: 1, images: 1, height: 2, width: 2, stride: 64, outStride: 64 };

/** The pass of one window whose first pixel is next to zero, and what it is said to have written. */
function checked(out: readonly number[]) {
  const program = new Program();
  const buffer = (label: string, floats: number) => program.buffer(label, floats * 4, 'persistent', 'test');
  const bindings = {
    dpooled: buffer('dpooled', 64),
    x: buffer('x', 64),
    affine: buffer('affine', 4),
    out: buffer('out', 64),
  };
  program.pass(transitionPoolBackward, SIZE, bindings, { parameters: { HAS_SUMS: false } });
  const [pass] = program.passes;
  if (!pass) throw new Error('nothing was recorded');
  const memory = new TracedMemory();
  const put = (region: (typeof bindings)['x'], values: readonly number[]) =>
    memory.put(region, new Uint8Array(Float32Array.from(values).buffer));
  put(bindings.dpooled, [8]);
  put(bindings.x, [3, 6, -3, 9]);
  put(bindings.affine, [THIRD, -1, 0, 1]);
  const written = new Float32Array(64);
  written.set(out);
  return checkPass(pass, memory, new Map([['out', new Uint8Array(written.buffer)]]));
}

describe('a pre-activation of one rounding unit', () => {
  const open = Math.fround(2 * THIRD);
  it('passes where fma rounds once', () => {
    expect(checked([open, open, 0, open])).toMatchObject({ wrong: 0, multiplyAdd: 'fused' });
  });
  it('is zero where a product and a sum are rounded', () => {
    expect(checked([0, open, 0, open])).toMatchObject({ wrong: 0, multiplyAdd: 'split' });
  });
  it('excuses nothing else', () => {
    const result = checked([0, 0, 0, open]);
    expect(result.wrong).toBe(2);
    expect(result.problem).toMatch(/^out\[0\] \(channel 0, column 0\): got 0, expected 0\.66/);
    expect(checked([open, open, 0, -open]).wrong).toBe(1);
  });
});

it('moves inputs so that one rounding gives what two do, and by less than their own', () => {
  const random = new Random(5);
  const affine = Float32Array.from({ length: 4 * 50 }, () => random.value());
  // Next to zero, and anywhere.
  const x = Float32Array.from({ length: 50 * 64 }, (_, i) => {
    const [scale = 1, shift = 0] = [affine[4 * Math.floor(i / 64)], affine[4 * Math.floor(i / 64) + 1]];
    return i % 2 === 0 ? -shift / scale : random.value();
  });
  const moved = asSplit(x, affine, 64) ?? new Float64Array();
  expect(moved.length).toBe(x.length);
  for (const [i, value] of moved.entries()) {
    const [scale = 0, shift = 0] = [affine[4 * Math.floor(i / 64)], affine[4 * Math.floor(i / 64) + 1]];
    const own = x[i] ?? 0;
    if (scale === 0) continue;
    const split = Math.fround(Math.fround(own * scale) + shift);
    const z = value * scale + shift;
    if (split === 0) expect(z).toBeLessThanOrEqual(0);
    else expect(Math.fround(z)).toBe(split);
    expect(Math.abs((value - own) * scale)).toBeLessThanOrEqual(2 ** -23 * (Math.abs(own * scale) + Math.abs(shift)));
  }
});
