// How many passes a training step has, and how many groups of passes that run side by side: Dawn on Vulkan puts a barrier
// before a dispatch that reads or writes what one since the last barrier wrote, or writes what one read, by whole GPU
// buffers; buffers that share memory are one. Each group costs a GPU some microseconds in which hardly anything runs.
import { expect, it } from 'vitest';
import type { Program } from '../../runtime/program.ts';
import { buildNetwork } from '../network.ts';
import { type PRESETS, preset } from '../presets.ts';
import { recordTraining } from './training.ts';

/** Of all sections but `load`, which runs once per set of weights. */
function countOf(program: Program): { passes: number; groups: number } {
  const memory = new Map<unknown, unknown>();
  for (const { members } of program.share()) for (const member of members) memory.set(member, members);
  const passes = program.passes.filter(({ section }) => section !== 'load');
  let read = new Set<unknown>();
  let written = new Set<unknown>();
  let groups = 0;
  for (const { kernel, promoted, regions } of passes) {
    const reads = new Set<unknown>();
    const writes = new Set<unknown>();
    for (const [name, { buffer }] of regions) {
      const isWritten = kernel.bindings[name]?.kind === 'write' || promoted.includes(name);
      (isWritten ? writes : reads).add(memory.get(buffer) ?? buffer);
    }
    const waits = [...reads].some((m) => written.has(m)) || [...writes].some((m) => written.has(m) || read.has(m));
    if (waits || groups === 0) {
      groups++;
      read = new Set();
      written = new Set();
    }
    for (const m of reads) read.add(m);
    for (const m of writes) written.add(m);
  }
  return { passes: passes.length, groups };
}

it.each<[keyof typeof PRESETS, number, { passes: number; groups: number }]>([
  ['densenet121', 32, { passes: 627, groups: 503 }],
  ['bc-100-12', 64, { passes: 515, groups: 413 }],
  ['plain-40-12', 64, { passes: 215, groups: 211 }],
])('a training step of %s at batch %i', (name, batch, most) => {
  const { plan } = recordTraining(buildNetwork(preset(name)), batch, { loss: 'cross-entropy', optimizer: 'sgd' });
  const { passes, groups } = countOf(plan.program);
  expect(passes).toBeLessThanOrEqual(most.passes);
  expect(groups).toBeLessThanOrEqual(most.groups);
});

it('counts groups', () => {
  const { plan } = recordTraining(buildNetwork(preset('plain-40-12')), 2, { loss: 'cross-entropy' });
  const { passes, groups } = countOf(plan.program);
  expect(groups).toBeGreaterThan(40);
  expect(groups).toBeLessThan(passes);
});
