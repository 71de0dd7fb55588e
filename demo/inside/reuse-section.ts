// Who uses what: the paper's figure 5 for one block, as a table that can be read, walked through and clicked; and how
// many images are right when connections are switched off.

import { type Signal, useSignal } from '@preact/signals';
import { h } from 'preact';
import type { Page } from '../page.ts';
import { text } from '../text/text.ts';
import { CutPanel } from './cut-panel.ts';
import type { BlockReuse, Connection, InsideNetwork, Place } from './inside-protocol.ts';
import { readerName, sourceName, valueText } from './names.ts';
import { ReuseGrid } from './reuse-grid.ts';

interface Props {
  readonly page: Page;
  readonly network: InsideNetwork;
  readonly at: Place;
}

export function ReuseSection({ page, network, at }: Props) {
  const words = text().inside.reuse;
  const numbers = useSignal(false);
  const { cutting } = page.inside;
  const rows = network.reuse[at.block] ?? [];
  return h(
    'section',
    { id: 'inside-reuse', class: 'panel reuse', tabIndex: -1, 'aria-labelledby': 'inside-reuse-title' },
    [
      h('h2', { id: 'inside-reuse-title' }, words.title),
      h('p', null, words.lead),
      h(Strongest, { network, block: at.block, rows }),
      h(NumbersSwitch, { numbers }),
      h(ReuseGrid, {
        ...{ network, block: at.block, rows, numbers: numbers.value },
        cut: cutting.cut.value,
        toggle: (connections: readonly Connection[]) => cutting.toggle(connections),
      }),
      h('p', { class: 'hint' }, words.keys),
      h(CutPanel, { page }),
    ],
  );
}

function NumbersSwitch({ numbers }: { numbers: Signal<boolean> }) {
  return h('label', { class: 'check' }, [
    h('input', {
      type: 'checkbox',
      checked: numbers.value,
      onChange: () => {
        numbers.value = !numbers.value;
      },
    }),
    text().inside.reuse.numbers,
  ]);
}

function Strongest({ network, block, rows }: { network: InsideNetwork; block: number; rows: BlockReuse }) {
  let [reader, source, most] = [1, 0, Number.NEGATIVE_INFINITY];
  for (const [r, row] of rows.entries()) {
    for (const [s, value] of row.entries()) if (value > most) [reader, source, most] = [r + 1, s, value];
  }
  const names = [readerName(network, block, reader), sourceName(block, source)] as const;
  return h('p', null, text().inside.reuse.strongest(...names, valueText(most)));
}
