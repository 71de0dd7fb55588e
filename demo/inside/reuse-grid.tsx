// The heat map of feature reuse as a table: a row a reader, a column a source. One cell is in the order of Tab, arrow keys
// move it (the ARIA grid pattern); a cell switches its connection, a column's head all that read the source.

import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { BlockReuse, Connection } from '../../src/densenet/explain/feature-reuse.ts';
import { text } from '../text/text.ts';
import { key } from './ablation.ts';
import { readerName, sourceName, valueText } from './names.ts';

interface Props {
  /** Of each block. */
  readonly layers: readonly number[];
  readonly block: number;
  readonly rows: BlockReuse;
  readonly numbers: boolean;
  readonly disabled: readonly Connection[];
  /** Left out: connections are only looked at. */
  readonly toggle: ((connections: readonly Connection[]) => void) | undefined;
}

export function ReuseGrid({ layers, block, rows, numbers, disabled, toggle }: Props) {
  const strings = text().inside;
  // Row 0 are the heads of the columns.
  const active = useSignal({ row: 1, column: 0 });
  const table = useRef<HTMLTableElement>(null);
  const moved = useRef(false);
  useEffect(() => {
    active.value = { row: 1, column: 0 };
  }, [block, rows.length]);
  useEffect(() => {
    if (moved.current) table.current?.querySelector<HTMLElement>('[tabindex="0"]')?.focus();
    moved.current = false;
  }, [active.value]);
  const most = Math.max(...rows.flat(), Number.MIN_VALUE);
  const off = new Set(disabled.map(key));
  const connections = (row: number, column: number): Connection[] =>
    row > 0
      ? [{ block, reader: row, source: column }]
      : rows.flatMap((_, r) => (r >= column ? [{ block, reader: r + 1, source: column }] : []));
  const press = (event: KeyboardEvent) => {
    const { row, column } = active.value;
    if (event.key === 'Enter' || event.key === ' ') toggle?.(connections(row, column));
    else {
      const next = moveIn(rows.length, active.value, event.key, event.ctrlKey);
      if (!next) return;
      moved.current = true;
      active.value = next;
    }
    event.preventDefault();
  };
  const cell = (row: number, column: number) => ({
    tabIndex: active.value.row === row && active.value.column === column ? 0 : -1,
    onClick: () => {
      active.value = { row, column };
      toggle?.(connections(row, column));
    },
  });
  return (
    <div class="table-scroll grid-scroll">
      <table
        ref={table}
        class={numbers ? 'reuse-grid numbers-shown' : 'reuse-grid'}
        role="grid"
        aria-label={strings.reuse.table(strings.block.name(block + 1))}
        onKeyDown={press}
      >
        <thead>
          <tr>
            <td class="corner">{strings.reuse.readerHead}</td>
            {rows.map((_, source) => (
              <th
                key={source}
                scope="col"
                role="columnheader"
                {...cell(0, source)}
                aria-label={sourceName(block, source)}
                title={strings.reuse.column(sourceName(block, source))}
              >
                {source}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, r) => (
            <tr key={r}>
              <th scope="row">{readerName(layers, block, r + 1)}</th>
              {row.map((value, source) => {
                const isOff = off.has(key({ block, reader: r + 1, source }));
                const label = strings.reuse.cell(
                  readerName(layers, block, r + 1),
                  sourceName(block, source),
                  valueText(value),
                );
                return (
                  <td
                    key={source}
                    role="gridcell"
                    {...cell(r + 1, source)}
                    class={isOff ? 'off' : ''}
                    style={{ '--share': `${(value / most).toFixed(3)}` }}
                    aria-selected={isOff}
                    aria-label={isOff ? `${label}, ${strings.reuse.off}` : label}
                    title={label}
                  >
                    {numbers ? (isOff ? '×' : valueText(value)) : isOff ? '×' : ''}
                  </td>
                );
              })}
              {rows.slice(r + 1).map((_, i) => (
                <td key={`none ${i}`} class="none" role="gridcell" aria-hidden />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

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
