// What the parts of a network are called, in the language in use.

import { format, text } from '../text/text.ts';
import type { InsideNetwork } from '../worker/inside.ts';

/** Who wrote a source's channels: what came into the block, or one of its layers. */
export function sourceName(block: number, source: number): string {
  const strings = text().inside;
  if (source > 0) return strings.layer(source);
  return block === 0 ? strings.stem : strings.transition(block);
}

/** Who reads: one of the block's layers, or what follows it. @param layers of each block */
export function readerName(layers: readonly number[], block: number, reader: number): string {
  const strings = text().inside;
  if (reader <= (layers[block] ?? 0)) return strings.layer(reader);
  return block + 1 === layers.length ? strings.classifier : strings.transition(block + 1);
}

export const layersOf = ({ blocks }: InsideNetwork): readonly number[] => blocks.map(({ layers }) => layers.length);

/** A place of the view: what came in, a layer, or what follows. */
export const placeName = (network: InsideNetwork, block: number, place: number): string =>
  place === 0 ? sourceName(block, 0) : readerName(layersOf(network), block, place);

/** Channels [first, first + count), counted from 0 as everywhere in the engine. */
export const rangeName = (first: number, count: number): string =>
  text().inside.channelRange(format().count(first), format().count(first + count - 1));

/** Height and width, and channels where they are given: `14 × 14 × 24`. */
export function shapeName(height: number, width: number, channels?: number): string {
  const parts = [...(channels === undefined ? [] : [channels]), height, width];
  return parts.map((n) => format().count(n)).join(' × ');
}

/** A number of a map or a weight, three digits or so. */
export function valueText(value: number): string {
  const size = Math.abs(value);
  const digits = size === 0 || size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.1 ? 2 : size >= 0.001 ? 4 : 6;
  const shown = Number(value.toFixed(digits));
  return format().decimal(shown === 0 ? 0 : shown, digits);
}
