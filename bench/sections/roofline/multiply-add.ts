// Multiply-adds a second: the kernel, in float32 and float16, what its result must be, and how it is timed.

import type { Device } from '../../../src/runtime/device.ts';
import { GpuError } from '../../../src/runtime/errors.ts';
import { Executable } from '../../../src/runtime/executable.ts';
import { defineKernel, fieldBytes, settings, shape, write, writeFields } from '../../../src/runtime/kernel.ts';
import { Program } from '../../../src/runtime/program.ts';
import { download } from '../../../src/runtime/readback.ts';
import type { Stopwatch, TimeOptions } from '../../../src/runtime/stopwatch.ts';
import source from './multiply-add.wgsl?raw';
import { type PeakRate, peakRate } from './schema.ts';

const RUN_FIELDS = { rounds: 'u32' } as const;
const WORKGROUP = 256;
const STEPS = 16;

/** Independent chains hide an add's latency and take registers; how many are best differs between GPUs. */
const VECTORS = [2, 4, 8] as const;

interface MultiplyAddSize {
  readonly workgroups: number;
}

const kernelOf = (real: 'f32' | 'f16') =>
  defineKernel({
    id: 'roofline/multiply-add',
    source: real === 'f16' ? `enable f16;\n${source}` : source,
    parameters: { WORKGROUP, VECTORS: 8, STEPS, Real: real as string },
    bindings: {
      sums: write('vec4f', ({ workgroups }: MultiplyAddSize) => workgroups * WORKGROUP),
      run: settings(RUN_FIELDS),
      shape: shape({ factor: 'f32', term: 'f32' }),
    },
    shape: (_size: MultiplyAddSize) => ({ factor: FACTOR, term: TERM }),
    grid: ({ workgroups }) => [workgroups, 1, 1],
    // Of one round.
    cost: ({ workgroups }, p) => ({ flops: 2 * 4 * p.VECTORS * p.STEPS * WORKGROUP * workgroups, bytes: 0 }),
  });

/** Sixteen waves on the largest GPUs; a software GPU has no more lanes than a processor. */
const WORKGROUPS = { hardware: 8192, software: 64 };
/** Nanoseconds that one dispatch takes at least, so that its start and end do not count. */
const LONG_ENOUGH = 4e6;
const MOST_ROUNDS = 1 << 14;

// Chains draw near to 1 by a 64th of the distance a step: each step shows, and values stay far from 0 and infinity.
const FACTOR = 1 - 1 / 64;
const TERM = 1 / 64;
const ROUNDING = { f32: 2 ** -24, f16: 2 ** -11 };

/**
 * The best of a few numbers of chains.
 * @throws GpuError where the sums are wrong, DeviceLostError
 */
export async function measureMultiplyAdd(
  device: Device,
  stopwatch: Stopwatch,
  real: 'f32' | 'f16',
  options: TimeOptions,
): Promise<PeakRate> {
  const kernel = kernelOf(real);
  const size = { workgroups: WORKGROUPS[device.adapter.software ? 'software' : 'hardware'] };
  const program = new Program();
  const sums = program.buffer('sums', size.workgroups * WORKGROUP * 16, 'persistent', 'roofline');
  const settingsRegion = program.buffer('run', fieldBytes(RUN_FIELDS), 'persistent', 'settings');
  for (const vectors of VECTORS) {
    program.pass(kernel, size, { sums, run: settingsRegion }, { parameters: { VECTORS: vectors } });
  }
  const run = await Executable.create(device, program);
  const setRounds = (rounds: number) => {
    const data = new DataView(new ArrayBuffer(fieldBytes(RUN_FIELDS)));
    writeFields(RUN_FIELDS, { rounds }, data);
    const { buffer, offset } = run.at(settingsRegion);
    device.gpu.queue.writeBuffer(buffer, offset, data.buffer);
  };
  try {
    let best: PeakRate | undefined;
    for (const [index, vectors] of VECTORS.entries()) {
      const encode = (pass: GPUComputePassEncoder) => run.dispatch(pass, index);
      const runAndCheck = async (rounds: number) => {
        setRounds(rounds);
        const encoder = device.gpu.createCommandEncoder();
        const { buffer } = run.at(sums);
        encoder.clearBuffer(buffer);
        const pass = encoder.beginComputePass();
        encode(pass);
        pass.end();
        device.gpu.queue.submit([encoder.finish()]);
        const found = new Float32Array((await download(device, run.at(sums))).buffer);
        check(found, { vectors, steps: rounds * STEPS, real });
      };
      await runAndCheck(1);
      const once = { samples: 1, milliseconds: options.milliseconds };
      let rounds = 1;
      for (;;) {
        setRounds(rounds);
        const [nanoseconds = 0] = (await stopwatch.time({ encode }, once)).nanoseconds;
        if (nanoseconds >= LONG_ENOUGH || rounds >= MOST_ROUNDS) break;
        rounds = Math.min(MOST_ROUNDS, Math.ceil(rounds * Math.min(16, Math.max(2, LONG_ENOUGH / nanoseconds))));
      }
      const timing = await stopwatch.time({ encode }, options);
      await runAndCheck(rounds);
      const flops = rounds * (program.passes[index]?.cost.flops ?? 0);
      const figure = peakRate(flops, timing, `${4 * vectors} chains, ${rounds * STEPS} steps`);
      if (!best || figure.best > best.best) best = figure;
    }
    if (!best) throw new GpuError('no number of chains was tried');
    return best;
  } finally {
    run.destroy();
  }
}

interface Chains {
  readonly vectors: number;
  readonly steps: number;
  readonly real: 'f32' | 'f16';
}

/**
 * The sums [invocation][4] in float64. A chain that starts at s is 1 - (1 - s) factor^steps after so many steps.
 * Invocations 64 apart have the same.
 */
export function expectedSums({ vectors, steps }: Omit<Chains, 'real'>): Float64Array {
  return Float64Array.from({ length: 64 * 4 }, (_, at) => {
    let sum = 0;
    for (let v = 0; v < vectors; v++) {
      const start = (((at >> 2) + (at & 3) + 4 * v) % 64) / 64;
      sum += 1 - (1 - start) * FACTOR ** steps;
    }
    return sum;
  });
}

/** Two roundings a step, of which the contraction keeps at most 64 steps' worth. */
const allowedError = ({ vectors, steps, real }: Chains): number =>
  vectors * 2 * ROUNDING[real] * Math.min(steps, 64) + vectors * vectors * ROUNDING.f32;

function check(found: Float32Array, chains: Chains): void {
  const expected = expectedSums(chains);
  const allowed = allowedError(chains);
  const wrong = found.findIndex((value, i) => !(Math.abs(value - (expected[i % expected.length] ?? 0)) <= allowed));
  if (wrong < 0) return;
  const { vectors, steps, real } = chains;
  throw new GpuError(
    `multiply-adds in ${real}, ${4 * vectors} chains, ${steps} steps: invocation ${wrong >> 2} sums to ${found[wrong]}, not ${expected[wrong % expected.length]}: results on this GPU are wrong`,
  );
}
