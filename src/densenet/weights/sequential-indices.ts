// A trunk that was put into a plain Sequential has numbers where torchvision has names: `4.denselayer1.norm1.weight`.
// Which child is which follows from what it holds and from the order: stem before the first block, norm5 after the last.

import type { Shapes } from './architecture.ts';

const LAYER = /^(|.*\.)(\d+)\.denselayer\d+\./;

/** The file's names to names with torchvision's children, for those that have numbers; undefined where none has. */
export function nameSequentialIndices(tensors: Shapes): ReadonlyMap<string, string> | undefined {
  const prefix = [...tensors.keys()].flatMap((name) => LAYER.exec(name)?.[1] ?? [])[0];
  if (prefix === undefined) return undefined;
  const children = new Map<number, string[]>();
  for (const name of tensors.keys()) {
    const [, number, rest] = name.startsWith(prefix) ? (/^(\d+)\.(.+)$/s.exec(name.slice(prefix.length)) ?? []) : [];
    if (number === undefined || rest === undefined) continue;
    const rests = children.get(Number(number));
    if (rests) rests.push(rest);
    else children.set(Number(number), [rest]);
  }
  const numbers = [...children.keys()].sort((a, b) => a - b);
  /** Those that hold such a name, each with its place among them, from 1. */
  const places = (pattern: RegExp): ReadonlyMap<number, number> => {
    const found = numbers.filter((number) => children.get(number)?.some((rest) => pattern.test(rest)));
    return new Map(found.map((number, i) => [number, i + 1]));
  };
  const blocks = places(/^denselayer\d+\./);
  const transitions = places(/^conv\.weight$/);
  const norms = places(/^running_mean$/);
  const [first = 0] = blocks.keys();
  const title = (number: number): string | undefined => {
    if (blocks.has(number)) return `denseblock${blocks.get(number)}`;
    if (transitions.has(number)) return `transition${transitions.get(number)}`;
    if (norms.has(number)) return number < first ? 'norm0' : 'norm5';
    const shape = tensors.get(`${prefix}${number}.weight`)?.shape;
    return number < first && shape?.length === 4 ? 'conv0' : undefined;
  };
  const named = new Map<string, string>();
  for (const [number, rests] of children) {
    const name = title(number);
    if (name !== undefined)
      for (const rest of rests) named.set(`${prefix}${number}.${rest}`, `${prefix}${name}.${rest}`);
  }
  return named;
}
