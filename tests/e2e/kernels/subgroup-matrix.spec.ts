// Shaders with subgroup matrices on a GPU that emulates these: each is checked before it is used, computes what float64 does at
// awkward sizes, and is not used where it is wrong. (src/shaders/subgroup-matrices.test.ts compiles the shaders themselves.)

import type { EmulatedMatrices } from '../../jobs/emulated-matrices.ts';
import type { MatrixCasesInput } from '../../jobs/matrices.ts';
import { expect, seed, test } from '../fixtures/host-test.ts';
import { onlyOn } from '../fixtures/only-on.ts';

// What NVIDIA, Intel and Apple list; Intel's subgroups are of 16 where they may be of 32. Every so many-th case.
const CONFIGURATIONS: readonly (readonly [kernel: string, matrices: EmulatedMatrices, every: number])[] = [
  ['conv1x1/forward', { M: 16, N: 16, K: 16 }, 2],
  ['conv1x1/forward', { M: 8, N: 16, K: 16, actual: 16 }, 4],
  ['conv1x1/forward', { M: 8, N: 8, K: 8, componentType: 'f32' }, 1],
  ['conv3x3/forward', { M: 16, N: 16, K: 16 }, 2],
  ['conv3x3/forward', { M: 8, N: 16, K: 16, actual: 16 }, 5],
];

for (const [kernel, matrices, every] of CONFIGURATIONS) {
  const { M, N, K, componentType = 'f16' } = matrices;
  test(`${kernel} by ${M}x${N}x${K} of ${componentType}`, onlyOn('node'), async ({ session }, info) => {
    const input: MatrixCasesInput = { kernel, matrices, seed: seed(), every };
    const { checks, cases, failures } = await session.run('matrix-cases', input);
    info.annotations.push({ type: 'cases', description: `${cases}, ${checks.length} variants` });
    expect(failures.join('\n\n'), `SEED=${seed()}`).toBe('');
    expect(checks.length).toBeGreaterThan(1);
    // Floats are summed in blocks where a gradient is taken.
    const excused = (variant: string) => componentType === 'f32' && variant.includes('HAS_STATISTICS=true');
    expect(checks.filter(({ used, variant }) => !used && !excused(variant))).toEqual([]);
    expect(checks.some(({ used }) => used)).toBe(true);
  });
}

const WRONG: readonly (readonly [kernel: string, from: string, to: string])[] = [
  ['conv1x1/forward', 'min(wanted, shape.inputs', 'min(wanted + 1u, shape.inputs'],
  ['conv3x3/forward', 'shape.width + column - 1u', 'shape.width + column'],
];

for (const [kernel, ...broken] of WRONG)
  test(`a wrong ${kernel} is found, and the portable one runs`, onlyOn('node'), async ({ session }) => {
    const input: MatrixCasesInput = { kernel, matrices: { M: 16, N: 16, K: 16 }, seed: seed(), every: 9, broken };
    const { checks, failures } = await session.run('matrix-cases', input);
    expect(failures.join('\n\n')).toBe('');
    for (const check of checks)
      expect(check).toMatchObject({
        used: false,
        why: expect.stringMatching(/^in its kernel check .*: got .*, expected /),
      });
  });

test(
  'a network computes by subgroup matrices, and a device without them says so',
  onlyOn('node'),
  async ({ session }) => {
    const { checks, notes, logits, loss, gradients, refused } = await session.run('matrix-network');
    const kernels = new Set(checks.filter(({ used }) => used).map(({ kernel }) => kernel));
    expect([...kernels].toSorted()).toEqual(['conv1x1/forward', 'conv3x3/forward']);
    expect(checks.filter(({ used }) => !used)).toEqual([]);
    expect(notes).toEqual([]);
    // Eight convolutions, each with two more roundings to f16 than with 'f16-storage'.
    expect(logits).toBeGreaterThan(0);
    expect(logits).toBeLessThan(2 * Math.sqrt(3 * 8) * 2 ** -11);
    expect(loss).toBeLessThan(0.01);
    for (const [name, error] of Object.entries(gradients)) expect(error, name).toBeLessThan(0.3);
    expect(refused).toMatch(/^ConfigError: precision.*f16-matrix.*needs a device opened with experimental/);
    expect(refused).toMatch(/the adapter has no .*subgroup-matrix.*use 'f32' or 'f16-storage'/);
  },
);
