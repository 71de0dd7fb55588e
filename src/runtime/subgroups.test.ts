import { expect, it } from 'vitest';
import { fake } from '../../tests/fixtures/fake.ts';
import { probeSubgroups, type SubgroupUse } from './subgroups.ts';

const broken = fake<GPUDevice>({ pushErrorScope: () => undefined, createShaderModule: () => fail() });
const fail = () => {
  throw new Error('no such language feature');
};

it.each<[string, number | undefined, SubgroupUse]>([
  [
    'an adapter that tells no size',
    undefined,
    { inUse: false, why: "the adapter's smallest subgroup has a size of undefined" },
  ],
  ['a size that halves do not reach', 24, { inUse: false, why: "the adapter's smallest subgroup has a size of 24" }],
  ['a device that fails', 32, { inUse: false, why: 'the probe failed: no such language feature' }],
])('%s is told, and not used', async (_name, size, use) => {
  expect(await probeSubgroups(broken, size)).toEqual(use);
});
