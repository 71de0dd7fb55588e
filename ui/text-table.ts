// Tables of text: columns as wide as their longest cell, numbers to the right.

import { printable } from '../src/runtime/printable.ts';

/**
 * Rows under a heading, two spaces between columns; columns whose cells all begin with a digit are set to the right;
 * cells that are empty, or a dash for no number, go with the others. A cell is one line, whatever stands in it.
 */
export function table(heading: readonly string[], cells: readonly (readonly string[])[]): string {
  const rows = cells.map((row) => row.map(printable));
  const widths = heading.map((head, c) => rows.reduce((most, row) => Math.max(most, row[c]?.length ?? 0), head.length));
  const isNumber = (cell: string) => /^[\d.<-]/.test(cell);
  const right = heading.map((_, c) => {
    const cells = rows.map((row) => row[c] ?? '');
    return cells.some(isNumber) && cells.every((cell) => isNumber(cell) || cell === '' || cell === '–');
  });
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, c) => (right[c] ? cell.padStart(widths[c] ?? 0) : cell.padEnd(widths[c] ?? 0)))
      .join('  ')
      .trimEnd();
  return [heading, ...rows].map(line).join('\n');
}
