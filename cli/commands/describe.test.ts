// What describe says, and to what it says no; none of it asks a GPU.
import { beforeAll, expect, test } from 'vitest';
import { buildDensenet, densenet } from '../densenet-process.ts';

beforeAll(buildDensenet, 60_000);

const json = async (...args: string[]) => JSON.parse((await densenet('describe', ...args, '--json')).out);

test('DenseNet-121 as published, within the memory that training was promised', async () => {
  const whole = await json('densenet121', '--batch', '32');
  expect(whole).toMatchObject({ parameters: 7_978_856, batch: 32, mode: 'training', defaultLimits: { fits: true } });
  expect(whole.macs / 1e9).toBeCloseTo(2.83, 2);
  expect(whole.bytesPerImage).toBeLessThan(30e6);
  const bytes = Object.values<number>(whole.bytes).reduce((sum, value) => sum + value, 0);
  expect(bytes).toBe(whole.totalBytes);
  expect((await json('densenet121', '--batch', '32', '--recompute')).bytesPerImage).toBeLessThan(14e6);
});

test('passes are counted, and listed where that is asked', async () => {
  const { passes } = await json('bc-100-12', '--mode', 'inference');
  const listed = (await json('bc-100-12', '--mode', 'inference', '--passes')).passes;
  expect(listed).toHaveLength(passes);
  for (const pass of listed) {
    expect(pass).toMatchObject({ kernel: expect.stringMatching(/^[a-z0-9]+\/[a-z-]+$/), label: expect.any(String) });
    expect(pass).toMatchObject({ variant: expect.any(String), workgroups: expect.any(Number) });
    expect(pass).toMatchObject({ flops: expect.any(Number), bytes: expect.any(Number) });
  }
});

test('a configuration has the keys and defaults of golden files', async () => {
  expect(await json('--config', '{"growth":3,"loss":"bce","optimizer":"adamw","width":20}')).toMatchObject({
    config: { growthRate: 3, blockLayers: [2, 2, 2], initialChannels: 6, height: 32, width: 20 },
    batch: 4,
  });
});

test('the last batch of DenseNet-121 that default limits hold is 41', async () => {
  const { code, out } = await densenet('describe', 'densenet121', '--batch', '64');
  expect(code).toBe(0);
  expect(out).toMatch(/default limits: .* needs a [\d.]+ MiB binding .* the largest batch that fits is 41/);
});

test('fine-tuning says what it trains, and needs less', async () => {
  const all = await json('densenet121', '--batch', '8');
  const part = await json('densenet121', '--batch', '8', '--fine-tune', 'classifier');
  expect(all).toMatchObject({ trainable: 'all' });
  expect(part).toMatchObject({ trainable: 'classifier' });
  expect(part.totalBytes).toBeLessThan(all.totalBytes / 2);
  expect(part.passes).toBeLessThan(all.passes / 4);
  const { out } = await densenet('describe', 'densenet121', '--batch', '8', '--fine-tune', 'classifier');
  expect(out).toMatch(/trainable +1,025,000 of them \(classifier\)/);
});

test.each([
  [
    ['densenet121', '--fine-tune', 'head'],
    /'--fine-tune <part>' argument 'head' is invalid. It must be all, last-block, classifier or from-block-N/,
  ],
  [['densenet121', '--fine-tune', 'from-block-5'], /trainable: "from-block-5" must be .* N from 1 to 4/],
  [['densenet121', '--fine-tune', 'all', '--mode', 'inference'], /--fine-tune: "all" is for training/],
  [[], /model: null is missing/],
  [['resnet50'], /model: "resnet50" is not one of densenet121/],
  [['densenet121', '--config', '{}'], /--config: "{}" cannot be combined with the model/],
  [['--config', '{'], /--config: "{" is not JSON/],
  [['--config', '{"growth":0}'], /^densenet: growth: 0 must be a whole number/],
  [['--config', '{"grow":12}'], /^densenet: grow: 12 is not a key; (there are|did you mean)/],
  [['--config', '{"size":3}'], /^densenet: size: 3 shrinks to nothing/],
  [['densenet121', '--batch', '0'], /'--batch <n>' argument '0' is invalid/],
  [['densenet121', '--size', '3'], /^densenet: height: 3 shrinks to nothing/],
  [['densenet121', '--size', '32', '--batch', '1'], /batch statistics need two/],
])('%j is bad input', async (args, words) => {
  expect(await densenet('describe', ...args)).toMatchObject({ code: 2, out: '', err: expect.stringMatching(words) });
});
