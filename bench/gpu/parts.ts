// What is measured, part after part, each in its share of the time: where time is short, what matters most has been done. A part
// that is given less than it wants says what it left out.

import { ConfigError } from '../../src/runtime/errors.ts';

/** In the order in which they run, with the seconds that each has where all is limited to their sum. */
export const PARTS = {
  verify: 60,
  roofline: 20,
  passes: 90,
  rows: 100,
  pytorch: 150,
  kernels: 100,
  autotune: 60,
} as const;
export type PartName = keyof typeof PARTS;

const NAMES: readonly string[] = Object.keys(PARTS);
const isPart = (name: string): name is PartName => NAMES.includes(name);

/** @throws ConfigError for a name that is none */
export function parseParts(text: string): readonly PartName[] {
  return text.split(',').map((name) => {
    if (isPart(name)) return name;
    throw new ConfigError('--parts', name, `is not one of ${NAMES.join(', ')}`);
  });
}

/** What is left of a part's time. */
export interface TimeBox {
  /** In seconds, 0 or more. */
  left(): number;
  readonly signal: AbortSignal;
}

/**
 * The time of a part that begins now, in seconds: its share of what is left.
 * @param rest the parts that are still to come, itself among them
 * @param left seconds until the limit of everything; infinite: no limit
 */
export function boxSeconds(part: PartName, rest: readonly PartName[], left: number): number {
  const all = rest.reduce((sum, each) => sum + PARTS[each], 0);
  return Math.max(0, Number.isFinite(left) ? (left * PARTS[part]) / all : left);
}

export function timeBox(seconds: number, now: () => number): TimeBox {
  const end = now() + seconds * 1000;
  // A timer takes no more than 2^31 ms.
  const signal = seconds < 2e6 ? AbortSignal.timeout(Math.ceil(seconds * 1000)) : new AbortController().signal;
  return { left: () => Math.max(0, (end - now()) / 1000), signal };
}
