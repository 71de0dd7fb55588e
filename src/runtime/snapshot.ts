// Several whole buffers as they are at one moment of the GPU's queue, read while later work goes on. The staging buffers
// are there from the start, as large as the buffers themselves: taking a snapshot allocates nothing on the GPU.

import type { Device } from './device.ts';
import { DeviceLostError, DisposedError } from './errors.ts';
import { readMapped } from './readback.ts';
import { COPY_DST, MAP_READ } from './usage.ts';

export class Snapshot {
  private last: Promise<unknown> = Promise.resolve();
  private free = true;
  private isDestroyed = false;

  private constructor(
    private readonly device: Device,
    private readonly owner: string,
    private readonly sources: readonly GPUBuffer[],
    private readonly staging: readonly GPUBuffer[],
  ) {}

  /**
   * @param owner the object that a DisposedError names
   * @throws GpuError when memory runs out
   */
  static async create(device: Device, owner: string, sources: readonly GPUBuffer[]): Promise<Snapshot> {
    const wanted = sources.map(({ label, size }) => ({
      label: `snapshot of ${label}`,
      size,
      usage: MAP_READ | COPY_DST,
    }));
    return new Snapshot(device, owner, sources, await device.allocate('allocating a snapshot', wanted));
  }

  get bytes(): number {
    return this.staging.reduce((sum, { size }) => sum + size, 0);
  }

  /**
   * Copies of all buffers behind what was submitted before the call; where an earlier snapshot is still being read, behind
   * what is submitted until that is done.
   * @param onTaken called when the copies are submitted; what it throws ends the snapshot
   * @throws DeviceLostError, DisposedError, GpuError
   */
  async take(onTaken: () => void): Promise<Uint8Array<ArrayBuffer>[]> {
    while (!this.free) await this.last;
    this.free = false;
    const reading = this.read(onTaken);
    this.last = reading.catch(() => undefined);
    return reading;
  }

  destroy(): void {
    this.isDestroyed = true;
    for (const buffer of this.staging) buffer.destroy();
  }

  private async read(onTaken: () => void): Promise<Uint8Array<ArrayBuffer>[]> {
    try {
      if (this.isDestroyed) throw new DisposedError(this.owner);
      const { accepted } = this.device.scoped('copying a snapshot', () => {
        const encoder = this.device.gpu.createCommandEncoder({ label: 'snapshot' });
        for (const [i, source] of this.sources.entries()) {
          const into = this.staging[i];
          if (into) encoder.copyBufferToBuffer(source, 0, into, 0, source.size);
        }
        this.device.gpu.queue.submit([encoder.finish()]);
        onTaken();
      });
      return await settleAll(this.staging.map((buffer) => readMapped(this.device, buffer, accepted)));
    } catch (error) {
      throw this.isDestroyed && error instanceof DeviceLostError ? new DisposedError(this.owner) : error;
    } finally {
      this.free = true;
    }
  }
}

/** All results, or the first error once all have settled: no buffer may still be mapped when the next snapshot is taken. */
async function settleAll<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(promises);
  return settled.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
}
