// Bytes a second between memory and the GPU's cores: a copy too large for any cache, and a count of what it got wrong.

import type { Device } from '../../../src/runtime/device.ts';
import { GpuError } from '../../../src/runtime/errors.ts';
import { Executable } from '../../../src/runtime/executable.ts';
import { defineKernel, read, shape, write } from '../../../src/runtime/kernel.ts';
import { Program } from '../../../src/runtime/program.ts';
import { download } from '../../../src/runtime/readback.ts';
import type { Stopwatch, TimeOptions } from '../../../src/runtime/stopwatch.ts';
import copySource from './copy.wgsl?raw';
import differencesSource from './differences.wgsl?raw';
import fillSource from './fill.wgsl?raw';
import patternSource from './pattern.wgsl?raw';
import { type PeakRate, peakRate } from './schema.ts';

const WORKGROUP = 256;
const VECTOR_BYTES = 16;
/** Loads under way in an invocation. */
const VECTORS = [1, 4, 8] as const;
/** Sizes are multiples of this, so that no invocation is left without work. */
const GRAIN = WORKGROUP * VECTOR_BYTES * 8;
const ROW = 1024;
const CHECKERS = 256;

/** Four times the largest last-level caches of GPUs, where the device has room for two of them. */
const BYTES = { hardware: 512 * 2 ** 20, software: 128 * 2 ** 20 };

interface CopySize {
  readonly bytes: number;
}

const vectors = ({ bytes }: CopySize) => bytes / VECTOR_BYTES;
const copyGroups = (size: CopySize, loads: number) => vectors(size) / (WORKGROUP * loads);
const pattern = { name: 'pattern', source: patternSource };

const copy = defineKernel({
  id: 'roofline/copy',
  source: copySource,
  parameters: { WORKGROUP, VECTORS: 4 },
  bindings: { original: read('vec4u', vectors), copied: write('vec4u', vectors), shape: shape({ row: 'u32' }) },
  shape: (size: CopySize, p) => ({ row: Math.min(ROW, copyGroups(size, p.VECTORS)) }),
  grid: (size, p) => {
    const groups = copyGroups(size, p.VECTORS);
    return groups <= ROW ? [groups, 1, 1] : [ROW, groups / ROW, 1];
  },
  cost: ({ bytes }) => ({ flops: 0, bytes: 2 * bytes }),
});

const fill = defineKernel({
  id: 'roofline/fill',
  source: fillSource,
  parts: [pattern],
  parameters: { WORKGROUP },
  bindings: { original: write('vec4u', vectors), shape: shape({ vectors: 'u32' }) },
  shape: (size: CopySize) => ({ vectors: vectors(size) }),
  grid: () => [CHECKERS, 1, 1],
  cost: ({ bytes }) => ({ flops: 0, bytes }),
});

const differences = defineKernel({
  id: 'roofline/differences',
  source: differencesSource,
  parts: [pattern],
  parameters: { WORKGROUP },
  bindings: {
    copied: read('vec4u', vectors),
    wrong: write('u32', () => CHECKERS * WORKGROUP),
    shape: shape({ vectors: 'u32' }),
  },
  shape: (size: CopySize) => ({ vectors: vectors(size) }),
  grid: () => [CHECKERS, 1, 1],
  cost: ({ bytes }) => ({ flops: 0, bytes }),
});

/**
 * The best of a few ways to copy `bytes` (left out: as many as are past every cache), fewer where the device's limits or
 * its memory say so.
 * @throws GpuError where the copy is wrong or there is no memory at all, DeviceLostError
 */
export async function measureCopy(
  device: Device,
  stopwatch: Stopwatch,
  options: TimeOptions & { readonly bytes?: number | undefined },
): Promise<PeakRate> {
  const { maxBufferSize, maxStorageBufferBindingSize } = device.gpu.limits;
  const wanted = options.bytes ?? BYTES[device.adapter.software ? 'software' : 'hardware'];
  const most = Math.min(wanted, maxBufferSize, maxStorageBufferBindingSize);
  // A power of two, for a grid without a rest.
  for (let bytes = 2 ** Math.floor(Math.log2(most)); ; bytes /= 2) {
    try {
      return await copyBytes(device, stopwatch, options, Math.max(bytes, GRAIN));
    } catch (error) {
      if (!(error instanceof GpuError && /out of memory/.test(error.message) && bytes > GRAIN)) throw error;
    }
  }
}

async function copyBytes(device: Device, stopwatch: Stopwatch, options: TimeOptions, bytes: number): Promise<PeakRate> {
  const program = new Program();
  const original = program.buffer('original', bytes, 'persistent', 'roofline');
  const copied = program.buffer('copy', bytes, 'persistent', 'roofline');
  const wrong = program.buffer('wrong', CHECKERS * WORKGROUP * 4, 'persistent', 'roofline');
  for (const count of VECTORS) program.pass(copy, { bytes }, { original, copied }, { parameters: { VECTORS: count } });
  program.startSection('fill');
  program.pass(fill, { bytes }, { original });
  program.startSection('check');
  program.pass(differences, { bytes }, { copied, wrong });
  const run = await Executable.create(device, program);
  try {
    run.submit(['fill']);
    let best: PeakRate | undefined;
    for (const [index, count] of VECTORS.entries()) {
      const encoder = device.gpu.createCommandEncoder();
      encoder.clearBuffer(run.at(copied).buffer);
      device.gpu.queue.submit([encoder.finish()]);
      const timing = await stopwatch.time({ encode: (pass) => run.dispatch(pass, index) }, options);
      run.submit(['check']);
      const counts = new Uint32Array((await download(device, run.at(wrong))).buffer);
      const bad = counts.reduce((sum, n) => sum + n, 0);
      if (bad > 0) {
        throw new GpuError(
          `a copy of ${bytes} bytes got ${bad} of ${vectors({ bytes })} vectors wrong: results on this GPU are wrong`,
        );
      }
      const figure = peakRate(2 * bytes, timing, `${bytes / 2 ** 20} MiB, ${count} loads at once`);
      if (!best || figure.best > best.best) best = figure;
    }
    if (!best) throw new GpuError('no way to copy was tried');
    return best;
  } finally {
    run.destroy();
  }
}
