// Lesson 3: a transition makes fewer channels of smaller maps, and the order of its two parts does not matter.

import { useSignal } from '@preact/signals';
import { format, text } from '../../text/text.ts';
import type { InsideNetwork } from '../../worker/inside.ts';
import { shapeName } from '../names.ts';
import { type Grid, mix, pool } from './arithmetic.ts';
import { MixSliders, NumberGrid } from './number-grid.tsx';

const A: Grid = [
  [8, 4, 0, 2],
  [6, 2, 2, 4],
  [1, 3, 9, 5],
  [5, 7, 3, 7],
];
const B: Grid = [
  [2, 0, 4, 4],
  [0, 2, 6, 2],
  [8, 6, 1, 3],
  [4, 2, 5, 7],
];

export function TransitionLesson({ network, block }: { network: InsideNetwork; block: number }) {
  const strings = text().inside.lessons;
  const parts = useSignal<readonly [Grid, Grid]>([A, B]);
  const weights = useSignal<readonly [number, number]>([0.5, 1]);
  const [[a, b], [u, v]] = [parts.value, weights.value];
  const mixed = mix(a, b, u, v);
  return (
    <article class="panel lesson" aria-labelledby="lesson-shrink">
      <h3 id="lesson-shrink">{strings.shrinkTitle}</h3>
      <p>{strings.shrinkLead}</p>
      <div class="grids">
        <NumberGrid
          name={strings.mapNamed('A')}
          grid={a}
          change={(grid) => {
            parts.value = [grid, b];
          }}
        />
        <NumberGrid
          name={strings.mapNamed('B')}
          grid={b}
          change={(grid) => {
            parts.value = [a, grid];
          }}
        />
        <MixSliders weights={weights} most={1} />
      </div>
      <div class="grids">
        <NumberGrid name={strings.oneChannel} grid={mixed} />
        <NumberGrid name={strings.pooled} grid={pool(mixed)} />
        <NumberGrid name={strings.sameOrder} grid={mix(pool(a), pool(b), u, v)} />
      </div>
      <p>{strings.orderNote}</p>
      <p>{here(network, block)}</p>
    </article>
  );
}

function here({ blocks }: InsideNetwork, b: number): string {
  const strings = text().inside.lessons;
  const [block, next] = [blocks[b], blocks[b + 1]];
  if (!block || !next || block.kept === null) return strings.shrinkLast;
  const { count } = format();
  const [from, to] = [shapeName(block.height, block.width), shapeName(next.height, next.width)];
  return strings.shrinkHere(count(block.channels), count(block.kept), from, to);
}
