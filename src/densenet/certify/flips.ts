// Where the GPU's signs and arg-maxima differ from those of the float64 network, and how far float32 may move the pre-activation
// there: ten times the root mean square, over the channel, of what float32's errors have moved it by in the reference networks that
// have them.

import { TIMES_FLOAT32 } from '../golden/compare.ts';
import type { Network, Norm } from '../network.ts';
import type { Flip } from './certificate.ts';
import type { Masks, NormUse } from './reference-layers.ts';
import type { ReferenceNetwork } from './reference-network.ts';
import { UNIT_ROUNDOFF } from './rounding.ts';

export interface FoundFlips {
  readonly flips: readonly Flip[];
  /** Pre-activations and arg-maxima that were compared. */
  readonly of: number;
}

const preActivation = ({ x, maps, scale, shift }: NormUse, channel: number, p: number): number =>
  (x[channel * maps.columns + p] ?? Number.NaN) * (scale[channel] ?? 0) + (shift[channel] ?? 0);

/**
 * @param pure the network with its own signs
 * @param noisy networks with float32's errors
 */
export function findFlips(
  network: Network,
  norms: Iterable<Norm>,
  pure: ReferenceNetwork,
  noisy: readonly ReferenceNetwork[],
  masks: Masks,
): FoundFlips {
  const flips: Flip[] = [];
  let of = 0;
  for (const norm of norms) {
    const use = pure.useOf(norm);
    const { columns } = use.maps;
    for (let c = 0; c < norm.channels; c++) {
      const open = masks.open(norm, c);
      if (!open) continue;
      of += columns;
      let moved: number | undefined;
      for (let p = 0; p < columns; p++) {
        const z = preActivation(use, c, p);
        if (z > 0 === (open[p] === 1)) continue;
        moved ??= movedBy(norm, use, noisy, c);
        const place = { norm: norm.name, channel: c, ...placeOf(use, p) };
        flips.push({ kind: 'relu', ...place, value: z, bound: boundOf(use, c, p, moved) });
      }
    }
  }
  const { norm } = network.stem;
  const { argMax: own } = pure;
  const { argMax: theirs } = masks;
  if (!norm || !own || !theirs) return { flips, of };
  const use = pure.useOf(norm);
  const pooled = own.length / norm.channels;
  for (let i = 0; i < own.length; i++) {
    const [mine, other] = [own[i] ?? -1, theirs[i] ?? -1];
    if (mine === other) continue;
    const c = Math.floor(i / pooled);
    const z = (p: number) => (p < 0 ? 0 : preActivation(use, c, p));
    // Where either has nothing above zero, the flip of the ReLU is listed already.
    if (mine < 0 || other < 0) continue;
    const moved = movedBy(norm, use, noisy, c);
    const bound = boundOf(use, c, mine, moved) + boundOf(use, c, other, moved);
    flips.push({
      kind: 'max-pool',
      norm: norm.name,
      channel: c,
      ...placeOf(use, other),
      value: z(mine) - z(other),
      bound,
    });
  }
  return { flips, of: of + own.length };
}

function placeOf({ maps: { height, width } }: NormUse, p: number) {
  return { image: Math.floor(p / (height * width)), row: Math.floor(p / width) % height, column: p % width };
}

/** Root mean square, over a channel, of what float32's errors have moved its pre-activations by. */
function movedBy(norm: Norm, use: NormUse, noisy: readonly ReferenceNetwork[], channel: number): number {
  const { columns } = use.maps;
  let squares = 0;
  for (const network of noisy) {
    const other = network.useOf(norm);
    for (let p = 0; p < columns; p++)
      squares += (preActivation(other, channel, p) - preActivation(use, channel, p)) ** 2;
  }
  return Math.sqrt(squares / (noisy.length * columns));
}

function boundOf({ x, maps, scale, shift }: NormUse, channel: number, p: number, moved: number): number {
  // What rounding the scale, the shift and the sum alone may do.
  const product = Math.abs((x[channel * maps.columns + p] ?? 0) * (scale[channel] ?? 0));
  const own = UNIT_ROUNDOFF * (product + Math.abs(shift[channel] ?? 0));
  return TIMES_FLOAT32 * Math.max(moved, own);
}
