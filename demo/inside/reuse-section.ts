// Who uses what: the paper's figure 5 for one block, as a table that can be read, walked through and clicked; and how
// many images are right when connections are switched off. While a network is trained here, the same of that one, anew
// after each epoch.

import { type Signal, useSignal } from '@preact/signals';
import { h } from 'preact';
import type { BlockReuse } from '../../src/densenet/explain/feature-reuse.ts';
import type { Page } from '../page.ts';
import { text } from '../text/text.ts';
import type { InsideNetwork } from '../worker/inside.ts';
import type { Place } from '../worker/inside-layer.ts';
import { AblationPanel } from './ablation-panel.ts';
import { readerName, sourceName, valueText } from './names.ts';
import { ReuseGrid } from './reuse-grid.ts';

interface Props {
  readonly page: Page;
  readonly network: InsideNetwork;
  readonly at: Place;
}

export function ReuseSection({ page, network, at }: Props) {
  const strings = text().inside.reuse;
  const numbers = useSignal(false);
  const wanted = useSignal<'loaded' | 'training'>('loaded');
  const { ablation } = page.inside;
  const trained = page.training.reuse.value;
  const shown = wanted.value === 'training' && trained ? trained : network.reuse;
  const block = Math.min(at.block, shown.length - 1);
  const layers = shown.map((rows) => rows.length - 1);
  const rows = shown[block] ?? [];
  const own = shown === network.reuse;
  return h(
    'section',
    { id: 'inside-reuse', class: 'panel reuse', tabIndex: -1, 'aria-labelledby': 'inside-reuse-title' },
    [
      h('h2', { id: 'inside-reuse-title' }, strings.title),
      h('p', null, strings.lead),
      trained && h(WhoseSwitch, { wanted }),
      h(Strongest, { layers, block, rows }),
      h(NumbersSwitch, { numbers }),
      h(ReuseGrid, {
        layers,
        block,
        rows,
        numbers: numbers.value,
        disabled: own ? ablation.disabled.value : [],
        toggle: own ? (connections) => ablation.toggle(connections) : undefined,
      }),
      own && h('p', { class: 'hint' }, strings.keys),
      own && h(AblationPanel, { page }),
    ],
  );
}

const WHOSE = ['loaded', 'training'] as const;

function WhoseSwitch({ wanted }: { wanted: Signal<(typeof WHOSE)[number]> }) {
  const strings = text().inside.reuse;
  return h('fieldset', { class: 'block-choice' }, [
    h('legend', null, strings.whose),
    ...WHOSE.map((whose) =>
      h('label', { key: whose, class: 'button' }, [
        h('input', {
          type: 'radio',
          name: 'inside-whose',
          checked: wanted.value === whose,
          onChange: () => {
            wanted.value = whose;
          },
        }),
        strings[whose],
      ]),
    ),
  ]);
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

function Strongest({ layers, block, rows }: { layers: readonly number[]; block: number; rows: BlockReuse }) {
  let [reader, source, most] = [1, 0, Number.NEGATIVE_INFINITY];
  for (const [r, row] of rows.entries()) {
    for (const [s, value] of row.entries()) if (value > most) [reader, source, most] = [r + 1, s, value];
  }
  const names = [readerName(layers, block, reader), sourceName(block, source)] as const;
  return h('p', null, text().inside.reuse.strongest(...names, valueText(most)));
}
