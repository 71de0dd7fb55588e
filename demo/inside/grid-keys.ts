// Where an arrow key leads in a triangle of cells: row r has the columns 0 to r - 1, below a row 0 of heads that has all.

export interface Cell {
  /** 0: heads. */
  readonly row: number;
  readonly column: number;
}

/** The next cell; undefined for a key that moves nothing. Home and End stay in the row, with Ctrl they leave it. */
export function moveIn(rows: number, { row, column }: Cell, key: string, control: boolean): Cell | undefined {
  const width = (r: number) => (r === 0 ? rows : r);
  const at = (r: number, c: number): Cell => ({ row: r, column: Math.min(c, width(r) - 1) });
  switch (key) {
    case 'ArrowRight':
      return at(row, column + 1);
    case 'ArrowLeft':
      return at(row, Math.max(0, column - 1));
    case 'ArrowDown':
      // From a head to the first row that has its column.
      return row === 0 ? at(Math.min(column + 1, rows), column) : at(Math.min(row + 1, rows), column);
    case 'ArrowUp':
      return row - 1 > column || row === 0 ? at(Math.max(0, row - 1), column) : at(0, column);
    case 'Home':
      return control ? at(1, 0) : at(row, 0);
    case 'End':
      return control ? at(rows, rows) : at(row, rows);
    default:
      return undefined;
  }
}
