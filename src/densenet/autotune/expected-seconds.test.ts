// What the cost model expects: more of anything takes longer, and a GPU that is not full is slow.

import { describe, expect, it } from 'vitest';
import type { AnyKernel } from '../../runtime/kernel.ts';
import { conv1x1Forward } from '../../shaders/conv1x1/forward.ts';
import { conv3x3Forward } from '../../shaders/conv3x3/forward.ts';
import { expectedSeconds, type Machine, machineOf } from './candidates.ts';

const machine: Machine = { peak: 1e12, bandwidth: 1e11, slots: 100, launch: 1e-5 };
const work = (flops: number, bytes: number, workgroups: number): AnyKernel => ({
  ...(conv1x1Forward as AnyKernel),
  cost: () => ({ flops, bytes }),
  grid: () => [workgroups, 1, 1],
});
const seconds = (kernel: AnyKernel, density = 1) => expectedSeconds(kernel, {}, {}, { density }, machine);

describe('a pass', () => {
  it('is bound by arithmetic, at the density of its tile, or by memory', () => {
    expect(seconds(work(1e10, 1, 100))).toBeCloseTo(0.01 + 1e-5, 10);
    expect(seconds(work(1e10, 1, 100), 0.5)).toBeCloseTo(0.02 + 1e-5, 10);
    expect(seconds(work(1, 1e10, 100), 0.5)).toBeCloseTo(0.1 + 1e-5, 10);
  });

  it('takes whole turns of workgroups', () => {
    expect(seconds(work(1e10, 1, 50))).toBeCloseTo(0.02 + 1e-5, 10);
    expect(seconds(work(1e10, 1, 101))).toBeCloseTo((0.01 * 200) / 101 + 1e-5, 10);
    expect(seconds(work(1e10, 1, 100_001))).toBeLessThan(0.0101);
  });

  it('knows vendors, and takes the others for something between', () => {
    expect(machineOf('nvidia').slots).toBeGreaterThan(machineOf('apple').slots);
    expect(machineOf('unknown').peak).toBeGreaterThan(machineOf('intel').peak);
  });
});

describe('tiles', () => {
  const best = (kernel: AnyKernel, size: unknown, on: Machine) => {
    const times = kernel.tileCandidates(size).map((tile) => {
      const parameters = { ...kernel.choose(size), ...tile.parameters };
      return { name: tile.name, seconds: expectedSeconds(kernel, size, parameters, tile, on) };
    });
    return times.reduce((a, b) => (b.seconds < a.seconds ? b : a)).name;
  };
  const product = (columns: number) => ({ inputs: 256, outputs: 128, columns, stride: columns });

  it('are large where there is work for all, small where there is not', () => {
    expect(best(conv1x1Forward, product(100_352), machineOf('nvidia'))).toBe('128x64');
    expect(best(conv1x1Forward, product(196), machineOf('nvidia'))).toBe('32x32 in 4');
    const maps = (images: number) => ({
      inputs: 128,
      outputs: 32,
      images,
      height: 14,
      width: 14,
      stride: 196 * images,
    });
    expect(best(conv3x3Forward, maps(4096), machineOf('apple'))).toMatch(/^32 places/);
    expect(best(conv3x3Forward, maps(1), machineOf('nvidia'))).toMatch(/^8 places/);
  });
});
