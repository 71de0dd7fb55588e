// Bytes from the GPU to the caller. `download` allocates for the occasion; a `ReadbackRing` has its staging buffers
// from the start, for what is read in every step: the GPU never waits for it, and nothing is allocated.

import type { Device } from './device.ts';
import { DeviceLostError } from './errors.ts';
import type { Slice } from './executable.ts';
import { COPY_DST, MAP_MODE_READ, MAP_READ } from './usage.ts';

/** A copy of the slice's bytes, once the GPU has done all that was submitted before. */
export async function download(device: Device, from: Slice): Promise<Uint8Array<ArrayBuffer>> {
  const staging = await device.checked(`reading ${from.buffer.label}`, () => {
    const buffer = device.gpu.createBuffer({ label: 'readback', size: from.bytes, usage: MAP_READ | COPY_DST });
    const encoder = device.gpu.createCommandEncoder();
    encoder.copyBufferToBuffer(from.buffer, from.offset, buffer, 0, from.bytes);
    device.gpu.queue.submit([encoder.finish()]);
    return buffer;
  });
  try {
    return await readMapped(device, staging);
  } finally {
    staging.destroy();
  }
}

export class ReadbackRing {
  private readonly free: GPUBuffer[];
  private readonly waiting: { resolve(buffer: GPUBuffer): void; reject(error: unknown): void }[] = [];

  private constructor(
    private readonly device: Device,
    private readonly all: readonly GPUBuffer[],
  ) {
    this.free = [...all];
  }

  /** @throws GpuError when memory runs out */
  static async create(device: Device, bytes: number, depth: number): Promise<ReadbackRing> {
    const make = () => device.gpu.createBuffer({ label: 'readback', size: bytes, usage: MAP_READ | COPY_DST });
    return new ReadbackRing(
      device,
      await device.checked('allocating a readback', () => Array.from({ length: depth }, make)),
    );
  }

  /** A staging buffer to copy into; waits for an earlier readback when all are in use. */
  async acquire(): Promise<GPUBuffer> {
    const buffer = this.free.pop();
    return buffer ?? new Promise((resolve, reject) => this.waiting.push({ resolve, reject }));
  }

  /** Encodes the copy into `staging`. */
  copy(encoder: GPUCommandEncoder, from: Slice, staging: GPUBuffer): void {
    encoder.copyBufferToBuffer(from.buffer, from.offset, staging, 0, from.bytes);
  }

  /**
   * What was copied, once the GPU is there; gives the staging buffer back.
   * @throws DeviceLostError, also to everyone who waits for a buffer
   */
  async read(staging: GPUBuffer): Promise<Uint8Array<ArrayBuffer>> {
    try {
      const bytes = await readMapped(this.device, staging);
      const next = this.waiting.shift();
      if (next) next.resolve(staging);
      else this.free.push(staging);
      return bytes;
    } catch (error) {
      for (const { reject } of this.waiting.splice(0)) reject(error);
      throw error;
    }
  }

  destroy(): void {
    for (const buffer of this.all) buffer.destroy();
  }
}

/** A copy of a staging buffer's bytes, once the GPU has filled it. @throws DeviceLostError */
export async function readMapped(device: Device, staging: GPUBuffer): Promise<Uint8Array<ArrayBuffer>> {
  try {
    await staging.mapAsync(MAP_MODE_READ);
  } catch (cause) {
    device.assertAlive();
    throw new DeviceLostError(cause instanceof Error ? cause.message : String(cause));
  }
  const bytes = new Uint8Array(staging.getMappedRange().slice(0));
  staging.unmap();
  return bytes;
}
