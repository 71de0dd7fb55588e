// One case of a target: made from a seed, read, and held against what is promised of every reader. A value or a
// DenseNetError; within two seconds of this process's own time, whatever else the machine does; a message of at most 2 kB without a control character; memory in proportion to the
// file.

import process from 'node:process';
import { DenseNetError } from '../../src/runtime/errors.ts';
import { MESSAGE_BYTES, printable } from '../../src/runtime/printable.ts';
import { createRandom } from '../../src/runtime/random.ts';
import { mutate } from './mutations.ts';
import type { Target } from './targets.ts';

export { TARGETS } from './targets.ts';

export const MOST_MILLISECONDS = 2000;
/** Beside what other things in this process do meanwhile. */
const SPARE_BYTES = 64e6;
/** Deflate's 1032, which is the most that a format of ours expands by. */
const MOST_RATIO = 1100;

export interface Case {
  readonly target: string;
  readonly seed: number;
  readonly number: number;
}

export type Outcome = { readonly kind: 'value' | 'refused' } | { readonly kind: 'broken'; readonly how: string };

const seedsOf = new Map<Target, readonly Uint8Array[]>();

/** The bytes of a case, and what was done to a good file to get them. */
export function bytesOf(target: Target, { seed, number }: Pick<Case, 'seed' | 'number'>) {
  const seeds = seedsOf.get(target) ?? target.seeds();
  seedsOf.set(target, seeds);
  const random = createRandom(seed, number);
  const good = seeds[random.uint32() % seeds.length] ?? new Uint8Array();
  return mutate(good, target.part, random);
}

export async function runCase(target: Target, of: Case): Promise<Outcome> {
  const { bytes, kinds } = bytesOf(target, of);
  const outcome = await readBytes(target, bytes);
  return outcome.kind === 'broken' ? { kind: 'broken', how: `${outcome.how} (${kinds.join(', ')})` } : outcome;
}

/** What a reader does with these bytes. */
export async function readBytes(target: Pick<Target, 'read'>, bytes: Uint8Array): Promise<Outcome> {
  const before = memory();
  const start = process.cpuUsage();
  const thrown = await outcomeOf(target, bytes);
  const { user, system } = process.cpuUsage(start);
  const milliseconds = (user + system) / 1000;
  const taken = memory() - before;
  const broken = (how: string): Outcome => ({ kind: 'broken', how: `${bytes.length} bytes: ${how}` });
  if (milliseconds > MOST_MILLISECONDS) return broken(`took ${Math.round(milliseconds)} ms`);
  if (taken > SPARE_BYTES + MOST_RATIO * bytes.length) return broken(`took ${Math.round(taken / 1e6)} MB`);
  if (thrown === undefined) return { kind: 'value' };
  if (!(thrown instanceof DenseNetError)) {
    return broken(`threw ${thrown instanceof Error ? (thrown.stack ?? '') : thrown}`);
  }
  const { message } = thrown;
  const length = new TextEncoder().encode(message).length;
  if (length > MESSAGE_BYTES) return broken(`a message of ${length} bytes`);
  if (message !== printable(message)) return broken(`an unprintable message: ${message}`);
  return { kind: 'refused' };
}

/** Of arrays, and of everything else: what was allocated since, unless it is collected already. */
function memory(): number {
  const { arrayBuffers, heapUsed } = process.memoryUsage();
  return arrayBuffers + heapUsed;
}

async function outcomeOf({ read }: Pick<Target, 'read'>, bytes: Uint8Array): Promise<unknown> {
  try {
    await read(bytes);
    return undefined;
  } catch (thrown) {
    return thrown ?? new TypeError('threw nothing');
  }
}
