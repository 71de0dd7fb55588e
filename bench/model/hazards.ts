// `node bench/compilers/run.mjs hazards MODEL`: which passes Dawn on Vulkan lets run side by side. It puts a barrier before a
// dispatch that has a hazard with one since the last barrier, by whole buffers; what a plan makes share memory is one buffer.
import type { LogicalBuffer, Program } from '../../src/runtime/program.ts';
import { planOf } from '../compilers/check.ts';

/** The group of each pass, counted from 0: passes of one group wait for none of each other. */
export function barrierGroups(program: Program, passes: Program['passes'] = program.passes): number[] {
  const allocation = new Map<LogicalBuffer, number>();
  for (const [n, { members }] of program.share().entries()) for (const member of members) allocation.set(member, n);
  const owned = program.buffers.filter((buffer) => !allocation.has(buffer));
  for (const buffer of owned) allocation.set(buffer, allocation.size + program.buffers.length);
  let group = -1;
  let read = new Set<number | undefined>();
  let written = new Set<number | undefined>();
  return passes.map(({ kernel, regions, promoted }) => {
    const bound = [...regions].map(([name, { buffer }]) => ({
      at: allocation.get(buffer),
      isWritten: kernel.bindings[name]?.kind === 'write' || promoted.includes(name),
    }));
    const waits = bound.some(({ at, isWritten }) => written.has(at) || (isWritten && read.has(at)));
    if (group < 0 || waits) {
      group++;
      read = new Set();
      written = new Set();
    }
    for (const { at, isWritten } of bound) (isWritten ? written : read).add(at);
    return group;
  });
}

export async function main(args: readonly string[]): Promise<string> {
  const { choice, program } = planOf(args);
  const passes = program.passes.filter(({ section }) => choice.mode === 'training' || section !== 'load');
  const groups = barrierGroups(program, passes);
  const sizes = new Map<number, number>();
  for (const group of groups) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  const kernels = new Map<string, { alone: number; all: number }>();
  for (const [i, { kernel }] of passes.entries()) {
    const count = kernels.get(kernel.id) ?? { alone: 0, all: 0 };
    count.all++;
    if (sizes.get(groups[i] ?? -1) === 1) count.alone++;
    kernels.set(kernel.id, count);
  }
  const lines = [...kernels].map(([id, { alone, all }]) => `${String(alone).padStart(5)} of ${all} alone  ${id}`);
  return [`${passes.length} passes in ${sizes.size} groups that wait for each other`, ...lines].join('\n');
}
