// Explanations against PyTorch's autograd: every method, every module's output, both stems and both kinds of layer.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../cli/host/package-root.ts';
import { expect, oneOfEach, test } from '../fixtures/host-test.ts';
import { onlyOn } from '../fixtures/only-on.ts';

const folder = join(packageRoot, 'tests/golden/explanations');

for (const file of readdirSync(folder)) {
  // Both compilers see both stems; what else the files differ in is arithmetic that they share with training.
  const isOfBoth = file.startsWith('bc-imagenet') || file.startsWith('plain-cifar');
  const hosts = onlyOn(...(isOfBoth ? oneOfEach(file) : (['node'] as const)));
  test(`explanations, ${file}`, hosts, async ({ session }, info) => {
    const golden = readFileSync(join(folder, file));
    const { errors, completeness, complaints } = await session.run('explanations', { file, golden });
    const worst = Object.entries(errors).sort(([, a], [, b]) => b - a)[0];
    info.annotations.push({ type: 'explanations', description: `worst: ${worst?.join(' ')}` });
    expect(Object.keys(errors).length).toBeGreaterThan(15);
    expect(Object.entries(errors).filter(([, error]) => !(error < 2e-5))).toEqual([]);
    const [off, of] = completeness.gausslegendre ?? [Number.NaN, Number.NaN];
    expect(Math.abs(off), `completeness, of ${of}`).toBeLessThan(0.5);
    expect(complaints).toEqual([]);
  });
}
