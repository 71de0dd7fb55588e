// Training a part of a network against PyTorch: what is trained as PyTorch has it after some steps, running statistics
// too, and what is not, unchanged to the bit.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../cli/host/package-root.ts';
import { expect, test } from '../fixtures/host-test.ts';

const TRAINED = {
  'last-block': /^(features\.(denseblock3|norm5)|classifier)\./,
  'stem-alone-frozen': /^(features\.(denseblock|transition|norm5)|classifier)/,
  classifier: /^classifier\./,
} as const;

for (const [file, trained] of Object.entries(TRAINED)) {
  test(`fine-tuning: ${file}`, async ({ session }) => {
    const golden = readFileSync(join(packageRoot, 'tests/golden/fine-tuning', `${file}.safetensors`));
    const { wrong, changed, tensors, gradients } = await session.run('fine-tuning', { golden });
    expect(wrong).toEqual([]);
    expect(changed.toSorted()).toEqual(tensors.filter((name) => trained.test(name)).toSorted());
    expect(gradients.every((name) => trained.test(name))).toBe(true);
    expect(gradients.length).toBeGreaterThan(1);
  });
}
