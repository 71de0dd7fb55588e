// Who uses what: the paper's figure 5 for one block, as a table that can be read, walked through and clicked; and how
// many images are right when connections are switched off. While a network is trained here, the same of that one, anew
// after each epoch.

import { type Signal, useSignal } from '@preact/signals';
import type { BlockReuse } from '../../src/densenet/explain/feature-reuse.ts';
import type { Page } from '../page.ts';
import { text } from '../text/text.ts';
import type { InsideNetwork } from '../worker/inside.ts';
import type { Place } from '../worker/inside-layer.ts';
import { AblationPanel } from './ablation-panel.tsx';
import { readerName, sourceName, valueText } from './names.ts';
import { ReuseGrid } from './reuse-grid.tsx';

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
  return (
    <section id="inside-reuse" class="panel reuse" tabIndex={-1} aria-labelledby="inside-reuse-title">
      <h2 id="inside-reuse-title">{strings.title}</h2>
      <p>{strings.lead}</p>
      {trained && <WhoseSwitch wanted={wanted} />}
      <Strongest layers={layers} block={block} rows={rows} />
      <NumbersSwitch numbers={numbers} />
      <ReuseGrid
        layers={layers}
        block={block}
        rows={rows}
        numbers={numbers.value}
        disabled={own ? ablation.disabled.value : []}
        toggle={own ? (connections) => ablation.toggle(connections) : undefined}
      />
      {own && <p class="hint">{strings.keys}</p>}
      {own && <AblationPanel page={page} />}
    </section>
  );
}

const WHOSE = ['loaded', 'training'] as const;

function WhoseSwitch({ wanted }: { wanted: Signal<(typeof WHOSE)[number]> }) {
  const strings = text().inside.reuse;
  return (
    <fieldset class="block-choice">
      <legend>{strings.whose}</legend>
      {WHOSE.map((whose) => (
        <label key={whose} class="button">
          <input
            type="radio"
            name="inside-whose"
            checked={wanted.value === whose}
            onChange={() => {
              wanted.value = whose;
            }}
          />
          {strings[whose]}
        </label>
      ))}
    </fieldset>
  );
}

function NumbersSwitch({ numbers }: { numbers: Signal<boolean> }) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={numbers.value}
        onChange={() => {
          numbers.value = !numbers.value;
        }}
      />
      {text().inside.reuse.numbers}
    </label>
  );
}

function Strongest({ layers, block, rows }: { layers: readonly number[]; block: number; rows: BlockReuse }) {
  let [reader, source, most] = [1, 0, Number.NEGATIVE_INFINITY];
  for (const [r, row] of rows.entries()) {
    for (const [s, value] of row.entries()) if (value > most) [reader, source, most] = [r + 1, s, value];
  }
  const names = [readerName(layers, block, reader), sourceName(block, source)] as const;
  return <p>{text().inside.reuse.strongest(...names, valueText(most))}</p>;
}
