// Two pipelines of one kernel variant on the same random input, at a small size: do they write the same?

import { GpuError } from './errors.ts';
import {
  type AnyKernel,
  type Binding,
  bindingBytes,
  fieldBytes,
  isStorage,
  type Parameters,
  writeFields,
} from './kernel.ts';
import { COPY_DST, COPY_SRC, MAP_MODE_READ, MAP_READ, STORAGE, UNIFORM } from './usage.ts';

export interface Compiled {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

/** Of the largest value: a sum of some hundred float32 products in another order stays far below. */
const TOLERANCE = 1e-4;

/**
 * What tells the second's results from the first's, or undefined where they agree.
 * @throws GpuError with the GPU's own message
 */
export async function differenceInCheck(
  gpu: GPUDevice,
  kernel: AnyKernel,
  parameters: Parameters,
  size: unknown,
  first: Compiled,
  second: Compiled,
): Promise<string | undefined> {
  gpu.pushErrorScope('validation');
  const inputs = Object.entries(kernel.bindings).map(([, binding], i) =>
    contents(kernel, binding, size, parameters, i),
  );
  const expected = await run(gpu, kernel, parameters, size, first, inputs);
  const got = await run(gpu, kernel, parameters, size, second, inputs);
  const invalid = await gpu.popErrorScope();
  if (invalid) throw new GpuError(`${kernel.id}: its trial is not valid: ${invalid.message}`);
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (!(largest > 0)) return 'its trial gave nothing to compare';
  // Written so that NaN counts as a difference.
  const at = expected.findIndex((value, i) => !(Math.abs(value - (got[i] ?? Number.NaN)) <= TOLERANCE * largest));
  return at < 0 ? undefined : `in its trial value ${at} was ${got[at]}, not ${expected[at]}`;
}

/** Numbers between -1 and 1 for what is read, the size's fields for a shape, zeros for settings and what is written. */
function contents(
  kernel: AnyKernel,
  binding: Binding<unknown>,
  size: unknown,
  parameters: Parameters,
  seed: number,
): Uint8Array<ArrayBuffer> {
  if (!isStorage(binding)) {
    const bytes = new Uint8Array(fieldBytes(binding.fields));
    if (binding.kind === 'shape')
      writeFields(binding.fields, kernel.shape(size, parameters), new DataView(bytes.buffer));
    return bytes;
  }
  const floats = new Float32Array(Math.max(16, bindingBytes(binding, size, parameters)) / 4);
  let state = seed + 1;
  if (binding.kind === 'write') return new Uint8Array(floats.buffer);
  for (let i = 0; i < floats.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    floats[i] = state / 2 ** 31 - 1;
  }
  return new Uint8Array(floats.buffer);
}

/** Everything that was written, as floats. */
async function run(
  gpu: GPUDevice,
  kernel: AnyKernel,
  parameters: Parameters,
  size: unknown,
  { pipeline, layout }: Compiled,
  inputs: readonly Uint8Array<ArrayBuffer>[],
): Promise<Float32Array> {
  const kinds = Object.values(kernel.bindings).map(({ kind }) => kind);
  const buffers = inputs.map((content, i) => {
    const usage = kinds[i] === 'shape' || kinds[i] === 'settings' ? UNIFORM : STORAGE;
    const buffer = gpu.createBuffer({ label: 'trial', size: content.byteLength, usage: usage | COPY_SRC | COPY_DST });
    gpu.queue.writeBuffer(buffer, 0, content);
    return buffer;
  });
  const written = buffers.filter((_, i) => kinds[i] === 'write');
  const bytes = written.reduce((sum, buffer) => sum + buffer.size, 0);
  const staging = gpu.createBuffer({ label: 'trial readback', size: bytes, usage: MAP_READ | COPY_DST });
  try {
    const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
    const encoder = gpu.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, gpu.createBindGroup({ label: 'trial', layout, entries }));
    pass.dispatchWorkgroups(...kernel.grid(size, parameters));
    pass.end();
    let offset = 0;
    for (const buffer of written) {
      encoder.copyBufferToBuffer(buffer, 0, staging, offset, buffer.size);
      offset += buffer.size;
    }
    gpu.queue.submit([encoder.finish()]);
    await staging.mapAsync(MAP_MODE_READ);
    return new Float32Array(staging.getMappedRange().slice(0));
  } finally {
    for (const buffer of [...buffers, staging]) buffer.destroy();
  }
}
