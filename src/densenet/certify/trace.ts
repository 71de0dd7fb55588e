// A plan, run pass by pass: after every pass what it has written is copied out, in the same command buffers, so that each pass's
// inputs and outputs are known as the GPU had them. Memory that passes share is no trouble: a copy of each logical buffer is kept on
// the host, and brought up to date pass by pass.

import type { Device } from '../../runtime/device.ts';
import type { Executable } from '../../runtime/executable.ts';
import { isStorage } from '../../runtime/kernel.ts';
import type { LogicalBuffer, Program, RecordedPass, Region } from '../../runtime/program.ts';
import { download, readMapped } from '../../runtime/readback.ts';
import { COPY_DST, MAP_READ } from '../../runtime/usage.ts';

/** Bytes that are copied out at once; more only where a single pass writes more. */
const CHUNK_BYTES = 32 * 2 ** 20;

/** What every logical buffer of a program holds, on the host. */
export class TracedMemory {
  private readonly buffers = new Map<LogicalBuffer, Uint8Array<ArrayBuffer>>();

  /** The bytes of a region; a view, which later passes change. */
  at({ buffer, offset, bytes }: Region): Uint8Array<ArrayBuffer> {
    const held = this.buffers.get(buffer) ?? new Uint8Array(buffer.bytes);
    this.buffers.set(buffer, held);
    return held.subarray(offset, offset + bytes);
  }

  put(region: Region, bytes: Uint8Array): void {
    this.at(region).set(bytes);
  }

  /** Frees a buffer that no later pass reads; views of it stay. */
  forget(buffer: LogicalBuffer): void {
    this.buffers.delete(buffer);
  }
}

export interface PassVisit {
  /** Index in `program.passes`. */
  readonly index: number;
  readonly pass: RecordedPass;
  /** As the pass has found it. */
  readonly memory: TracedMemory;
  /** What each written binding holds afterwards. */
  readonly written: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}

/**
 * Runs the passes of `sections` in their order.
 * @param visit called for each pass, in order, when what it wrote is known; false: the passes behind it are not run
 * @returns what the buffers hold at the end, without transient ones
 * @throws GpuError, DeviceLostError; what `visit` throws
 */
export async function tracePasses(
  device: Device,
  program: Program,
  run: Executable,
  sections: readonly string[],
  visit: (visit: PassVisit) => Promise<boolean>,
): Promise<TracedMemory> {
  const memory = new TracedMemory();
  const order = sections.flatMap((section) =>
    [...program.passes.entries()].filter(([, pass]) => pass.section === section),
  );
  const given = new Set(order.flatMap(([, { regions }]) => [...regions.values()].map(({ buffer }) => buffer)));
  for (const buffer of given) {
    if (buffer.kind === 'transient') continue;
    const whole = { buffer, offset: 0, bytes: buffer.bytes };
    const { buffer: memoryOf } = run.at(whole);
    const bytes = Math.min(buffer.bytes, memoryOf.size);
    memory.put({ ...whole, bytes }, await download(device, { buffer: memoryOf, offset: 0, bytes }));
  }
  for (let next = 0; next < order.length; ) {
    const chunk = chunkFrom(order, next);
    const bytes = await runChunk(device, run, chunk);
    for (const { index, pass, outputs } of chunk) {
      const written = new Map(outputs.map(({ name, at, region }) => [name, bytes.subarray(at, at + region.bytes)]));
      if (!(await visit({ index, pass, memory, written }))) return memory;
      for (const { name, region } of outputs) memory.put(region, written.get(name) ?? new Uint8Array());
      for (const { buffer } of pass.regions.values())
        if (buffer.kind === 'transient' && buffer.last <= index) memory.forget(buffer);
    }
    next += chunk.length;
  }
  return memory;
}

interface Output {
  readonly name: string;
  readonly region: Region;
  /** Where in the chunk's copy. */
  readonly at: number;
}
interface ChunkPass {
  readonly index: number;
  readonly pass: RecordedPass;
  readonly outputs: readonly Output[];
}

/** So many passes from `first` on as are copied out at once. */
function chunkFrom(order: readonly (readonly [number, RecordedPass])[], first: number): ChunkPass[] {
  const chunk: ChunkPass[] = [];
  let end = 0;
  for (const [index, pass] of order.slice(first)) {
    const outputs: Output[] = [];
    let at = end;
    for (const [name, region] of pass.regions) {
      const binding = pass.kernel.bindings[name];
      if (!binding || !isStorage(binding) || binding.kind !== 'write') continue;
      outputs.push({ name, region, at });
      at += Math.ceil(region.bytes / 16) * 16;
    }
    if (at > CHUNK_BYTES && chunk.length > 0) break;
    chunk.push({ index, pass, outputs });
    end = at;
  }
  return chunk;
}

async function runChunk(
  device: Device,
  run: Executable,
  chunk: readonly ChunkPass[],
): Promise<Uint8Array<ArrayBuffer>> {
  const copies = chunk.flatMap(({ outputs }) => outputs);
  const size = Math.max(16, ...copies.map(({ at, region }) => at + Math.ceil(region.bytes / 16) * 16));
  let staging: GPUBuffer | undefined;
  try {
    const { value, accepted } = device.scoped('tracing passes', () => {
      const into = device.gpu.createBuffer({ label: 'traced passes', size, usage: MAP_READ | COPY_DST });
      staging = into;
      const encoder = device.gpu.createCommandEncoder({ label: 'traced passes' });
      for (const { index, outputs } of chunk) {
        const pass = encoder.beginComputePass();
        run.dispatch(pass, index);
        pass.end();
        for (const { region, at } of outputs) {
          const from = run.at(region);
          encoder.copyBufferToBuffer(from.buffer, from.offset, into, at, from.bytes);
        }
      }
      device.gpu.queue.submit([encoder.finish()]);
      return into;
    });
    return await readMapped(device, value, accepted);
  } finally {
    staging?.destroy();
  }
}
