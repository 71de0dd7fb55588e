import { describe, expect, it } from 'vitest';
import { moveIn } from './reuse-grid.tsx';

describe.each([1, 2, 25])('a triangle of %d rows', (rows) => {
  const cells = Array.from({ length: rows + 1 }, (_, row) =>
    Array.from({ length: row === 0 ? rows : row }, (_, column) => ({ row, column })),
  ).flat();
  const inside = (cell: unknown) => cells.some((each) => JSON.stringify(each) === JSON.stringify(cell));

  it('is never left by any key from any cell', () => {
    for (const cell of cells) {
      for (const key of ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End']) {
        for (const control of [false, true]) expect(inside(moveIn(rows, cell, key, control))).toBe(true);
      }
    }
  });

  it('can be walked through from its first cell by arrow keys alone', () => {
    const reached = new Set<string>();
    const walk = [{ row: 1, column: 0 }];
    for (let cell = walk.pop(); cell; cell = walk.pop()) {
      if (reached.has(JSON.stringify(cell))) continue;
      reached.add(JSON.stringify(cell));
      for (const key of ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown']) {
        const next = moveIn(rows, cell, key, false);
        if (next) walk.push(next);
      }
    }
    expect(reached.size).toBe(cells.length);
  });
});

it.each([
  ['ArrowUp', { row: 3, column: 1 }, { row: 2, column: 1 }],
  ['ArrowUp', { row: 3, column: 2 }, { row: 0, column: 2 }],
  ['ArrowDown', { row: 0, column: 2 }, { row: 3, column: 2 }],
  ['ArrowRight', { row: 2, column: 1 }, { row: 2, column: 1 }],
])('%s from %o stays in its column or row: %o', (key, from, to) => {
  expect(moveIn(4, from, key, false)).toEqual(to);
});

it('leaves other keys alone', () => {
  expect(moveIn(3, { row: 1, column: 0 }, 'a', false)).toBeUndefined();
});
