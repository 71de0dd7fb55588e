// One dispatch on buffers of its own, and what it wrote: what kernel checks and probes of a device are built on. Plans run
// as executables (executable.ts), which allocate once for all their passes and submits.

import { GpuError } from './errors.ts';
import {
  type AnyKernel,
  type Binding,
  fieldBytes,
  type Grid,
  isStorage,
  type Parameters,
  writeFields,
} from './kernel.ts';
import { COPY_DST, COPY_SRC, MAP_MODE_READ, MAP_READ, STORAGE, UNIFORM } from './usage.ts';

/** A compute pipeline and the layout of its bind group. */
export interface Compiled {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

/** What of a `Device` is used: errors of the GPU reach the call that caused them, and a lost device ends the waiting. */
export interface CheckedGpu {
  readonly gpu: GPUDevice;
  checked<T>(what: string, make: () => T): Promise<T>;
  settled<T>(answer: Promise<T>): Promise<T>;
}

/** A GPU device while it is being opened, before there is a `Device` for it. */
export const checkedGpu = (gpu: GPUDevice): CheckedGpu => ({
  gpu,
  settled: (answer) => answer,
  checked: async (what, make) => {
    gpu.pushErrorScope('validation');
    const value = make();
    const invalid = await gpu.popErrorScope();
    if (invalid) throw new GpuError(`${what}: ${invalid.message}`);
    return value;
  },
});

export interface BufferContent {
  readonly kind: Binding<unknown>['kind'];
  /** The whole buffer ahead of the dispatch. */
  readonly words: Uint32Array<ArrayBuffer>;
  /** Bytes at either end that are not bound (default: 0). */
  readonly margin?: number;
}

/**
 * Dispatches a pipeline once. `buffers` are in the order of its bindings.
 * @returns the whole content of each buffer of kind `write` afterwards, in the same places
 * @throws GpuError with the GPU's own message, DeviceLostError
 */
export async function dispatchOnce(
  device: CheckedGpu,
  label: string,
  { pipeline, layout }: Compiled,
  buffers: readonly BufferContent[],
  grid: Grid,
): Promise<(Uint8Array<ArrayBuffer> | undefined)[]> {
  const { gpu } = device;
  const made: GPUBuffer[] = [];
  const make = (size: number, usage: number) => {
    const buffer = gpu.createBuffer({ label, size, usage });
    made.push(buffer);
    return buffer;
  };
  try {
    const staging = await device.checked(label, () => {
      const entries = buffers.map(({ kind, words, margin = 0 }, binding) => {
        const usage = kind === 'shape' || kind === 'settings' ? UNIFORM : STORAGE;
        const buffer = make(words.byteLength, usage | COPY_SRC | COPY_DST);
        gpu.queue.writeBuffer(buffer, 0, words);
        return { binding, resource: { buffer, offset: margin, size: buffer.size - 2 * margin } };
      });
      const encoder = gpu.createCommandEncoder();
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, gpu.createBindGroup({ label, layout, entries }));
      pass.dispatchWorkgroups(...grid);
      pass.end();
      const copies = entries.map(({ binding, resource: { buffer } }) => {
        if (buffers[binding]?.kind !== 'write') return undefined;
        const copy = make(buffer.size, MAP_READ | COPY_DST);
        encoder.copyBufferToBuffer(buffer, 0, copy, 0, buffer.size);
        return copy;
      });
      gpu.queue.submit([encoder.finish()]);
      return copies;
    });
    await device.settled(Promise.all(staging.map((copy) => copy?.mapAsync(MAP_MODE_READ))));
    return staging.map((copy) => copy && new Uint8Array(copy.getMappedRange().slice(0)));
  } finally {
    for (const buffer of made) buffer.destroy();
  }
}

export interface KernelRun {
  readonly kernel: AnyKernel;
  readonly size: unknown;
  readonly parameters: Parameters;
  /** The whole buffer of each binding that is used, by name; the shape follows from the size. */
  readonly contents: ReadonlyMap<string, Uint32Array<ArrayBuffer>>;
  /** Bytes of each storage buffer ahead of what is bound, and after it (default: 0). */
  readonly margin?: number;
}

/** The smallest buffer that a binding of any element type accepts: for bindings that a variant does not use. */
const PLACEHOLDER_WORDS = 4;

/**
 * Runs a kernel once, by a pipeline of one of its variants.
 * @returns the whole buffer of each written binding afterwards, by name
 * @throws GpuError with the GPU's own message, DeviceLostError
 */
export async function runKernel(
  device: CheckedGpu,
  compiled: Compiled,
  { kernel, size, parameters, contents, margin = 0 }: KernelRun,
): Promise<ReadonlyMap<string, Uint8Array<ArrayBuffer>>> {
  const bindings = Object.entries(kernel.bindings);
  const buffers = bindings.map(([name, binding]): BufferContent => {
    const given = contents.get(name);
    if (given) return { kind: binding.kind, words: given, margin: isStorage(binding) ? margin : 0 };
    const words = new Uint32Array(isStorage(binding) ? PLACEHOLDER_WORDS : fieldBytes(binding.fields) / 4);
    if (binding.kind === 'shape')
      writeFields(binding.fields, kernel.shape(size, parameters), new DataView(words.buffer));
    return { kind: binding.kind, words };
  });
  const after = await dispatchOnce(device, kernel.id, compiled, buffers, kernel.grid(size, parameters));
  const written = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const [i, [name]] of bindings.entries()) {
    const bytes = after[i];
    if (bytes && contents.has(name)) written.set(name, bytes);
  }
  return written;
}
