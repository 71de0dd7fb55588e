// A trunk that was put into a plain Sequential has numbers where torchvision has names: `4.denselayer1.norm1.weight`.
// Which child is which follows from what it holds and from the order: stem before the first block, norm5 after the last.

import type { Shapes } from './architecture.ts';

const LAYER = /^(|.*\.)(\d+)\.denselayer\d+\./;

/** The file's names to names with torchvision's children, for those that have numbers; undefined where none has. */
export function nameNumberedChildren(tensors: Shapes): ReadonlyMap<string, string> | undefined {
  const prefix = [...tensors.keys()].flatMap((name) => LAYER.exec(name)?.[1] ?? [])[0];
  if (prefix === undefined) return undefined;
  const children = new Map<number, string[]>();
  for (const name of tensors.keys()) {
    const [, number, rest] = name.startsWith(prefix) ? (/^(\d+)\.(.+)$/.exec(name.slice(prefix.length)) ?? []) : [];
    if (number === undefined || rest === undefined) continue;
    children.set(Number(number), [...(children.get(Number(number)) ?? []), rest]);
  }
  const numbers = [...children.keys()].sort((a, b) => a - b);
  const holds = (number: number, pattern: RegExp) => children.get(number)?.some((rest) => pattern.test(rest)) === true;
  const blocks = numbers.filter((number) => holds(number, /^denselayer\d+\./));
  const transitions = numbers.filter((number) => holds(number, /^conv\.weight$/));
  const norms = numbers.filter((number) => holds(number, /^running_mean$/));
  const first = blocks[0] ?? 0;
  const title = (number: number): string | undefined => {
    if (blocks.includes(number)) return `denseblock${blocks.indexOf(number) + 1}`;
    if (transitions.includes(number)) return `transition${transitions.indexOf(number) + 1}`;
    if (norms.includes(number)) return number < first ? 'norm0' : 'norm5';
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
