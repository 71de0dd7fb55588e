// Whose output Grad-CAM explains, in words.

import type { Text } from '../text/text.ts';

/** Every place of a network of so many blocks, in the order of forward. */
export function targetsOf(blocks: number): readonly string[] {
  const numbers = Array.from({ length: blocks }, (_, b) => b + 1);
  return [...numbers.flatMap((b) => [`denseblock${b}`, ...(b < blocks ? [`transition${b}`] : [])]), 'norm5'];
}

export function targetTitle(target: string, strings: Text['why']): string {
  const number = Number(/\d+$/.exec(target)?.[0]);
  if (target.startsWith('denseblock')) return strings.denseBlock(number);
  return target.startsWith('transition') ? strings.transition(number) : strings.lastNorm;
}
