// Bytes from the GPU to the caller. `download` allocates for the occasion; a `ReadbackRing` has its staging buffers from the
// start, for what is read in every step. Both copy at the call, behind what was submitted before it, and nobody waits for a
// turn: results are those of the moment of the call, in the order of the calls.

import type { Device } from './device.ts';
import { DeviceLostError, DisposedError } from './errors.ts';
import type { Slice } from './executable.ts';
import { COPY_DST, MAP_MODE_READ, MAP_READ } from './usage.ts';

const staging = (size: number): GPUBufferDescriptor => ({ label: 'readback', size, usage: MAP_READ | COPY_DST });

/** A copy of the slice's bytes as they are at the call, once the GPU is there. @throws GpuError, DeviceLostError */
export async function download(device: Device, from: Slice): Promise<Uint8Array<ArrayBuffer>> {
  let into: GPUBuffer | undefined;
  try {
    const { value, accepted } = device.scoped(`reading ${from.buffer.label}`, () => {
      into = device.gpu.createBuffer(staging(from.bytes));
      const encoder = device.gpu.createCommandEncoder();
      encoder.copyBufferToBuffer(from.buffer, from.offset, into, 0, from.bytes);
      device.gpu.queue.submit([encoder.finish()]);
      return into;
    });
    return await readMapped(device, value, accepted);
  } finally {
    into?.destroy();
  }
}

export class ReadbackRing {
  private readonly free: GPUBuffer[];
  private readonly all: Set<GPUBuffer>;
  private isDestroyed = false;

  private constructor(
    private readonly device: Device,
    private readonly owner: string,
    private readonly bytes: number,
    private readonly depth: number,
    made: readonly GPUBuffer[],
  ) {
    this.free = [...made];
    this.all = new Set(made);
  }

  /**
   * Room for `depth` readbacks at a time.
   * @param owner the object that a DisposedError names
   * @throws GpuError when memory runs out
   */
  static async create(device: Device, owner: string, bytes: number, depth: number): Promise<ReadbackRing> {
    const wanted = Array.from({ length: depth }, () => staging(bytes));
    return new ReadbackRing(device, owner, bytes, depth, await device.allocate('allocating a readback', wanted));
  }

  /**
   * Calls `submit`, at once, to submit work that ends in a copy to the staging buffer that it is given; then gives what was
   * copied. Where more readbacks are under way than there is room for, it makes a buffer for the occasion.
   * @throws what `submit` throws; GpuError where the GPU refuses the work; DisposedError, DeviceLostError
   */
  async read(what: string, submit: (staging: GPUBuffer) => void): Promise<Uint8Array<ArrayBuffer>> {
    if (this.isDestroyed) throw new DisposedError(this.owner);
    let taken: GPUBuffer | undefined;
    try {
      const { value, accepted } = this.device.scoped(what, () => {
        taken = this.free.pop() ?? this.device.gpu.createBuffer(staging(this.bytes));
        this.all.add(taken);
        submit(taken);
        return taken;
      });
      return await readMapped(this.device, value, accepted);
    } catch (error) {
      // Its owner may have been destroyed in the meantime, which ends the mapping.
      throw this.isDestroyed && error instanceof DeviceLostError ? new DisposedError(this.owner) : error;
    } finally {
      if (taken) this.release(taken);
    }
  }

  /** Encodes the copy into `staging`. */
  copy(encoder: GPUCommandEncoder, from: Slice, into: GPUBuffer): void {
    encoder.copyBufferToBuffer(from.buffer, from.offset, into, 0, from.bytes);
  }

  /** What is being read is rejected with DisposedError. */
  destroy(): void {
    this.isDestroyed = true;
    for (const buffer of this.all) buffer.destroy();
    this.all.clear();
  }

  private release(buffer: GPUBuffer): void {
    if (this.isDestroyed) return;
    if (this.free.length < this.depth) this.free.push(buffer);
    else {
      this.all.delete(buffer);
      buffer.destroy();
    }
  }
}

/**
 * A copy of a staging buffer's bytes, once the GPU has filled it.
 * @param accepted what the GPU says of the commands that fill it: where it refuses them, the bytes are of an earlier time
 * @throws GpuError where it refused, DeviceLostError, DisposedError
 */
export async function readMapped(
  device: Device,
  buffer: GPUBuffer,
  accepted: Promise<void>,
): Promise<Uint8Array<ArrayBuffer>> {
  const mapping = device.done(buffer.mapAsync(MAP_MODE_READ));
  device.budget.watch(mapping);
  const reading = mapping.then(() => {
    // Throws where the buffer was destroyed in the meantime (Deno resolves mapAsync all the same).
    const bytes = new Uint8Array(buffer.getMappedRange().slice(0));
    buffer.unmap();
    return bytes;
  });
  const [answer, read] = await Promise.allSettled([accepted, reading]);
  if (answer.status === 'rejected') throw answer.reason;
  if (read.status === 'fulfilled') return read.value;
  device.assertAlive();
  throw new DeviceLostError(read.reason instanceof Error ? read.reason.message : String(read.reason));
}
