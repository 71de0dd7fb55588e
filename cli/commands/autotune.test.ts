// What tune says no to; none of it asks a GPU.
import { beforeAll, expect, test } from 'vitest';
import { buildDensenet, densenet } from '../densenet-process.ts';

beforeAll(buildDensenet, 60_000);

test.each([
  [[], /model: null is missing/],
  [['resnet50'], /model: "resnet50" is not one of densenet121/],
  [
    ['densenet121', '--autotune', 'off'],
    /'--autotune <mode>' argument 'off' is invalid. Allowed choices are full, cached/,
  ],
  [['densenet121', '--budget', '0'], /'--budget <ms>' argument '0' is invalid/],
  [['densenet121', '--mode', 'both'], /'--mode <mode>' argument 'both' is invalid/],
])('%j is bad input', async (args, words) => {
  expect(await densenet('autotune', ...args)).toMatchObject({ code: 2, out: '', err: expect.stringMatching(words) });
});
