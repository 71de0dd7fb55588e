import { expect, test } from 'vitest';
import { runningAffineTable } from './running-affine.ts';

test('a norm takes a workgroup for every 64 channels, each with its own offsets', () => {
  const norm = { channels: 130, gamma: 0, beta: 192, mean: 1000, variance: 2000, affine: 64 };
  const table = runningAffineTable([{ ...norm, channels: 1 }, norm]);
  expect(table.length / 8).toBe(4);
  expect([...table.slice(0, 8)]).toEqual([0, 192, 1000, 2000, 64, 1, 0, 0]);
  expect([...table.slice(8, 16)]).toEqual([0, 192, 1000, 2000, 64, 64, 0, 0]);
  expect([...table.slice(24)]).toEqual([128, 320, 1128, 2128, 192, 2, 0, 0]);
});
