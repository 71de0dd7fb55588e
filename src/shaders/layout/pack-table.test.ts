import { expect, test } from 'vitest';
import { backwardPacking, forwardPacking, PACKED_A_GROUP, packedFloats, packTable } from './pack-table.ts';
import { packWeights } from './reference.ts';

const weight = {
  source: 0,
  destination: 0,
  outputs: 2,
  inputs: 3,
  taps: 9,
  paddedRows: 4,
  paddedColumns: 4,
};
const oihw = Array.from({ length: 2 * 3 * 9 }, (_, i) => i);

test('a forward copy is [inputs][taps][outputs], zeros in the padding', () => {
  const packed = packWeights([forwardPacking(weight)], 4 * 9 * 4, oihw);
  expect(packed[(2 * 9 + 5) * 4 + 1]).toBe((1 * 3 + 2) * 9 + 5);
  expect([...packed.slice(2, 4)]).toEqual([0, 0]);
  expect(packed.slice(3 * 9 * 4).every((value) => value === 0)).toBe(true);
});

test('a backward copy is [outputs][taps reversed][inputs]', () => {
  const packed = packWeights([backwardPacking(weight)], 4 * 9 * 4, oihw);
  expect(packed[(1 * 9 + 8) * 4 + 2]).toBe((1 * 3 + 2) * 9);
  expect(packed[(0 * 9 + 0) * 4 + 1]).toBe((0 * 3 + 1) * 9 + 8);
});

test('the table holds three vec4u a tensor, and as many workgroups as each needs', () => {
  const wide = { ...weight, source: 64, destination: 192, taps: 1, paddedRows: 32, paddedColumns: 64, scale: 5 };
  const { table, groups } = packTable([forwardPacking(weight), backwardPacking(wide), forwardPacking(weight)]);
  expect(packedFloats(wide)).toBe(2 * PACKED_A_GROUP);
  expect([...groups]).toEqual([0, 1, 1, 2]);
  expect([...table.slice(0, 12)]).toEqual([0, 0, 3, 2, 4, 4, 9, 9, 27, 0, 0xffffffff, 0]);
  expect([...table.slice(12, 24)]).toEqual([192, 64, 2, 3, 32, 64, 1, 3, 1, 1, 5, 1]);
  expect(table[35]).toBe(3);
});

test('no weights, empty tables', () => {
  expect(packTable([])).toEqual({ table: new Uint32Array(0), groups: new Uint32Array(0) });
});
