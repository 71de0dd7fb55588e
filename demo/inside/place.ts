// Where in the Look inside view the visitor is, as the address says it: `block=2&layer=3&part=reuse`. Blocks count from 1,
// layers from 0 (what came in) to one past the last (what follows). What is not in the network becomes the nearest; an
// address without a block means the first whose staircase tells something.

import type { InsideBlock } from '../worker/inside.ts';
import type { Place } from '../worker/inside-layer.ts';

/** The view's sections, in their order; an address may name one. */
export const PARTS = ['block', 'layer', 'reuse', 'lessons'] as const;
export type Part = (typeof PARTS)[number];

export function readPlace(within: string, blocks: readonly Pick<InsideBlock, 'layers'>[]): Place {
  const parameters = new URLSearchParams(within);
  const number = (name: string) => Math.trunc(Number(parameters.get(name) ?? Number.NaN));
  const block = clamp(number('block') - 1, 0, blocks.length - 1, telling(blocks));
  const layers = blocks[block]?.layers.length ?? 0;
  return { block, place: clamp(number('layer'), 0, layers + 1, layers) };
}

/** Layers that make a staircase: fewer look like a plain network, and many more are hard to take in at once. */
const STAIRCASE = 4;

/** The first block with enough layers, or the one with most. */
function telling(blocks: readonly Pick<InsideBlock, 'layers'>[]): number {
  const layers = blocks.map((block) => block.layers.length);
  return layers.indexOf(layers.find((count) => count >= STAIRCASE) ?? Math.max(...layers));
}

export const readPart = (within: string): Part | undefined =>
  PARTS.find((part) => part === new URLSearchParams(within).get('part'));

export const placeText = ({ block, place }: Place): string => `block=${block + 1}&layer=${place}`;

const clamp = (value: number, least: number, most: number, otherwise: number): number =>
  Number.isFinite(value) ? Math.min(Math.max(value, least), most) : otherwise;
