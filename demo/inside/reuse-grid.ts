// The heat map of feature reuse as a table: a row a reader, a column a source. One cell is in the order of Tab, arrow keys
// move it (the ARIA grid pattern); a cell switches its connection, a column's head all that read the source.

import { useSignal } from '@preact/signals';
import { h } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { BlockReuse, Connection } from '../../src/densenet/explain/feature-reuse.ts';
import { text } from '../text/text.ts';
import { key } from './ablation.ts';
import { moveIn } from './grid-keys.ts';
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
  return h('div', { class: 'table-scroll grid-scroll' }, [
    h(
      'table',
      {
        ref: table,
        class: numbers ? 'reuse-grid numbers-shown' : 'reuse-grid',
        role: 'grid',
        'aria-label': strings.reuse.table(strings.block.name(block + 1)),
        onKeyDown: press,
      },
      [
        h(
          'thead',
          null,
          h('tr', null, [
            h('td', { class: 'corner' }, strings.reuse.readerHead),
            ...rows.map((_, source) =>
              h(
                'th',
                {
                  key: source,
                  scope: 'col',
                  role: 'columnheader',
                  ...cell(0, source),
                  'aria-label': sourceName(block, source),
                  title: strings.reuse.column(sourceName(block, source)),
                },
                source,
              ),
            ),
          ]),
        ),
        h(
          'tbody',
          null,
          rows.map((row, r) =>
            h('tr', { key: r }, [
              h('th', { scope: 'row' }, readerName(layers, block, r + 1)),
              ...row.map((value, source) => {
                const isOff = off.has(key({ block, reader: r + 1, source }));
                const label = strings.reuse.cell(
                  readerName(layers, block, r + 1),
                  sourceName(block, source),
                  valueText(value),
                );
                return h(
                  'td',
                  {
                    key: source,
                    role: 'gridcell',
                    ...cell(r + 1, source),
                    class: isOff ? 'off' : '',
                    style: { '--share': `${(value / most).toFixed(3)}` },
                    'aria-selected': isOff,
                    'aria-label': isOff ? `${label}, ${strings.reuse.off}` : label,
                    title: label,
                  },
                  numbers ? (isOff ? '×' : valueText(value)) : isOff ? '×' : '',
                );
              }),
              ...rows
                .slice(r + 1)
                .map((_, i) => h('td', { key: `none ${i}`, class: 'none', role: 'gridcell', 'aria-hidden': true })),
            ]),
          ),
        ),
      ],
    ),
  ]);
}
