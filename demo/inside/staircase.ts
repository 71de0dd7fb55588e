// How far down each layer reads, all at once: a bar a reader beside the stripes, with the slice that it writes at its
// end. A pointer may choose by it; everyone else has the stripes.

import { h } from 'preact';
import type { BufferGeometry } from './buffer-geometry.ts';

interface Props {
  readonly geometry: BufferGeometry;
  readonly place: number;
  readonly choose: (place: number) => void;
}

export function Staircase({ geometry, place, choose }: Props) {
  const { height, reads, stripes } = geometry;
  const width = reads.length;
  return h(
    'svg',
    {
      class: 'staircase',
      style: { height: `${height}px` },
      viewBox: `0 0 ${width} ${height}`,
      preserveAspectRatio: 'none',
      'aria-hidden': true,
    },
    reads.map((read, i) => {
      const slice = stripes[i + 1];
      return h(
        'g',
        { key: i, class: i + 1 === place ? 'chosen' : '', onClick: () => choose(i + 1) },
        h('rect', { class: 'hit', x: i, y: 0, width: 1, height }),
        h('rect', { class: 'reads', x: i + 0.15, y: 0, width: 0.7, height: read }),
        slice && h('rect', { class: 'writes', x: i + 0.15, y: slice.top, width: 0.7, height: slice.height }),
      );
    }),
  );
}
