// What copying concatenation would have cost in the chosen block, against nothing.

import { format, text } from '../text/text.ts';
import type { InsideCopies, InsideNetwork } from '../worker/inside.ts';
import type { Place } from '../worker/inside-layer.ts';
import { BATCHES } from './inside.ts';
import { layersOf, readerName } from './names.ts';

interface Props {
  readonly network: InsideNetwork;
  readonly copies: InsideCopies;
  readonly at: Place;
  readonly choose: (batch: number) => void;
}

export function CopiesSection({ network, copies, at, choose }: Props) {
  const strings = text().inside.copies;
  const { bytes, count, decimal } = format();
  const block = network.blocks[at.block];
  const cost = copies.blocks[at.block];
  if (!block || !cost) return null;
  const total = cost.channels.reduce((sum, n) => sum + n, 0);
  const most = Math.max(...cost.channels, 1);
  const own = at.place > 0 ? (cost.channels[at.place - 1] ?? 0) : undefined;
  const name = readerName(layersOf(network), at.block, at.place);
  const fact = (term: string, value: string) => (
    <div>
      <dt>{term}</dt>
      <dd>{value}</dd>
    </div>
  );
  return (
    <section class="panel copies" aria-labelledby="inside-copies-title">
      <h2 id="inside-copies-title">{strings.title}</h2>
      <p>{strings.lead}</p>
      <div class="settings">
        <label>
          {strings.batch}
          <select
            onChange={(event: Event & { currentTarget: HTMLSelectElement }) =>
              choose(Number(event.currentTarget.value))
            }
          >
            {BATCHES.map((n) => (
              <option key={n} value={n} selected={n === copies.batch}>
                {count(n)}
              </option>
            ))}
          </select>
        </label>
      </div>
      <dl class="numbers">
        {fact(strings.copying, bytes(total * cost.channelBytes))}
        {fact(strings.inPlace, bytes(cost.copied))}
        {fact(strings.buffer, bytes(block.channels * cost.channelBytes))}
      </dl>
      <figure class="copy-bars">
        <figcaption>{strings.bars}</figcaption>
        <svg viewBox={`0 0 ${cost.channels.length} 40`} preserveAspectRatio="none" aria-hidden>
          {cost.channels.map((channels, i) => {
            const height = Math.max(0.4, (40 * channels) / most);
            const chosen = i + 1 === at.place;
            return (
              <rect key={i} class={chosen ? 'chosen' : ''} x={i + 0.12} y={40 - height} width={0.76} height={height} />
            );
          })}
        </svg>
      </figure>
      <p>
        {own === undefined
          ? ''
          : own === 0
            ? `${strings.nothing(name)} `
            : `${strings.reader(name, bytes(own * cost.channelBytes))} `}
        {strings.square(count(cost.channels.length), count(total), decimal(total / block.channels, 1))}
      </p>
    </section>
  );
}
