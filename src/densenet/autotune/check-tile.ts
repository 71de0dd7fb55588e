// Whether a kernel with these parameters computes on this GPU what it should: a small trial, by the very pipeline that a
// plan would use (sizes are uniforms), against float64. The error allowed is derived from the number of roundings.

import { unpackF16 } from '../../data/float16.ts';
import type { Device } from '../../runtime/device.ts';
import { Executable } from '../../runtime/executable.ts';
import { bindingBytes, fieldBytes, isStorage, type Parameters, writeFields } from '../../runtime/kernel.ts';
import { Program, type Region } from '../../runtime/program.ts';
import { download } from '../../runtime/readback.ts';
import type { AnyKernelCheck, Expected } from '../../shaders/kernel-check.ts';
import { Random } from '../../shaders/random-inputs.ts';
import { packF16, roundedToF16 } from './f16-inputs.ts';

/** Fixed: whether a tile is struck out must not change from run to run. */
const SEED = 20_260_101;
/** NaN as float32 and, both of them, as f16. */
const POISON = 0x7fc07edd;

/**
 * What is wrong, in words; undefined where nothing is.
 * @param packedF16 bindings whose buffers hold f16
 * @throws GpuError, DeviceLostError
 */
export async function checkTile(
  device: Device,
  kernelCheck: AnyKernelCheck,
  size: unknown,
  parameters: Parameters,
  packedF16: readonly string[] = [],
): Promise<string | undefined> {
  const { kernel } = kernelCheck;
  const small = kernelCheck.shrink(size);
  const random = new Random(SEED);
  const inputs = roundedToF16(kernelCheck.inputs(small, random, parameters), packedF16);
  const settings = kernelCheck.settings?.(small, random) ?? {};
  const program = new Program();
  const regions: Record<string, Region> = {};
  for (const [name, binding] of Object.entries(kernel.bindings)) {
    if (binding.kind === 'shape' || (binding.kind === 'settings' && !settings[name])) continue;
    const storage = isStorage(binding);
    const half = packedF16.includes(name);
    const bytes = storage ? bindingBytes(binding, small, parameters, half) : fieldBytes(binding.fields);
    if (bytes > 0) regions[name] = program.buffer(name, bytes, 'persistent', storage ? 'trial' : 'settings', half);
  }
  program.pass(kernel, small, regions, { parameters });
  const run = await Executable.create(device, program);
  try {
    for (const [name, region] of Object.entries(regions)) {
      const { buffer, offset } = run.at(region);
      const binding = kernel.bindings[name];
      const words = new Uint32Array(buffer.size / 4).fill(POISON);
      const input = inputs[name];
      const given = input && packedF16.includes(name) ? packF16(input) : input;
      if (given) words.set(new Uint32Array(given.buffer, given.byteOffset, given.length));
      else if (binding && !isStorage(binding))
        writeFields(binding.fields, settings[name] ?? {}, new DataView(words.buffer));
      device.gpu.queue.writeBuffer(buffer, offset, words);
    }
    await device.checked(kernel.id, () => run.submit(['main']));
    const written = new Map<string, Float32Array>();
    for (const [name, region] of Object.entries(regions)) {
      if (kernel.bindings[name]?.kind !== 'write') continue;
      const bytes = await download(device, run.at(region));
      written.set(name, packedF16.includes(name) ? unpackF16(bytes) : new Float32Array(bytes.buffer));
    }
    const out = packedF16.includes('out') ? written.get('out') : undefined;
    const stored = (exact: Expected): Expected => (out ? { ...exact, values: out } : exact);
    const expected = kernelCheck.reference(small, inputs, parameters, settings, stored);
    const allowed = (kernelCheck.roundings(small, parameters) + 2) * 2 ** -24;
    for (const [name, got] of written) {
      const want = expected[name];
      if (!want) continue;
      const wrong = firstWrong(got, want, allowed, packedF16.includes(name));
      if (wrong >= 0) {
        const where = kernelCheck.place(name, wrong, small);
        return `${name}[${wrong}]${where && ` (${where})`} is ${got[wrong]}, not ${want.values[wrong]}`;
      }
    }
    return undefined;
  } finally {
    run.destroy();
  }
}

/**
 * The place of the first element that is off by more than it may; -1 where none is.
 * @param half the elements were rounded to f16
 */
export function firstWrong(
  got: ArrayLike<number>,
  { values, magnitude }: Expected,
  allowed: number,
  half = false,
): number {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    const rounded = half ? 2 ** -11 * Math.abs(value) + 2 ** -24 : 1e-38;
    const bound = allowed * Math.max(magnitude[i] ?? 0, Math.abs(value)) + rounded;
    if (!(Math.abs((got[i] ?? Number.NaN) - value) <= bound)) return i;
  }
  return -1;
}
