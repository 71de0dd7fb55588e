// Weights as other programs name and store them (tests/golden/make_weights.py): read off their files alone, their logits
// are PyTorch's. The networks are the same on every host; that one runs them is enough.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../cli/host/package-root.ts';
import { readSafetensors } from '../../../src/data/safetensors.ts';
import { toFloat32 } from '../../../src/data/tensor.ts';
import { buildNetwork } from '../../../src/densenet/network.ts';
import { writeCheckpoint } from '../../../src/densenet/train/checkpoint.ts';
import { importSafetensors } from '../../../src/densenet/weights/import-weights.ts';
import { expect, test } from '../fixtures/host-test.ts';
import { onlyOn } from '../fixtures/only-on.ts';

const folder = join(packageRoot, 'tests/golden/weights');
const read = (name: string) => new Uint8Array(readFileSync(join(folder, name)));
const NAMES = ['torchvision', 'legacy', 'timm', 'chest-x-ray', 'prefixed'];

test('logits of weights under every naming are those of PyTorch', onlyOn('node'), async ({ session }) => {
  const expected = readSafetensors(read('expected.safetensors'), 'expected').tensors;
  const tensor = (name: string) => {
    const found = expected.get(name);
    if (!found) throw new Error(`expected.safetensors has no ${name}`);
    return { shape: found.shape, values: toFloat32(found) };
  };
  for (const name of NAMES) {
    const { shape, values } = tensor(`${name}.input`);
    const [count = 0, , height = 0, width = 0] = shape;
    const { config, state } = importSafetensors(read(`${name}.safetensors`), name, {
      size: { height, width },
      // Nothing says what it is for; it is 1.
      ...(name === 'prefixed' && { ignore: ['module.net.temperature'] }),
    });
    const checkpoint = writeCheckpoint(buildNetwork(config), state);
    const { logits } = await session.run('predict', { checkpoint, count, images: values });
    const wanted = tensor(`${name}.logits`).values;
    expect(logits).toHaveLength(wanted.length);
    const error = logits.reduce((most, logit, i) => Math.max(most, Math.abs(logit - (wanted[i] ?? Number.NaN))), 0);
    expect(error, name).toBeLessThan(1e-5);
  }
});
