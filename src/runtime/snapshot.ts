// Several whole buffers as they are at one moment of the GPU's queue, read while later work goes on. The staging buffers
// are there from the start, as large as the buffers themselves: taking a snapshot allocates nothing on the GPU.

import type { Device } from './device.ts';
import { readMapped } from './readback.ts';
import { COPY_DST, MAP_READ } from './usage.ts';

export class Snapshot {
  private last: Promise<unknown> = Promise.resolve();
  private free = true;

  private constructor(
    private readonly device: Device,
    private readonly sources: readonly GPUBuffer[],
    private readonly staging: readonly GPUBuffer[],
  ) {}

  /** @throws GpuError when memory runs out */
  static async create(device: Device, sources: readonly GPUBuffer[]): Promise<Snapshot> {
    const staging = await device.checked('allocating a snapshot', () =>
      sources.map(({ label, size }) =>
        device.gpu.createBuffer({ label: `snapshot of ${label}`, size, usage: MAP_READ | COPY_DST }),
      ),
    );
    return new Snapshot(device, sources, staging);
  }

  get bytes(): number {
    return this.staging.reduce((sum, { size }) => sum + size, 0);
  }

  /**
   * Copies of all buffers behind what was submitted before the call; where an earlier snapshot is still being read, behind
   * what is submitted until that is done.
   * @param onTaken called when the copies are submitted
   * @throws DeviceLostError
   */
  async take(onTaken: () => void): Promise<Uint8Array<ArrayBuffer>[]> {
    while (!this.free) await this.last;
    this.free = false;
    const reading = this.read(onTaken);
    this.last = reading.catch(() => undefined);
    return reading;
  }

  destroy(): void {
    for (const buffer of this.staging) buffer.destroy();
  }

  private async read(onTaken: () => void): Promise<Uint8Array<ArrayBuffer>[]> {
    try {
      this.device.assertAlive();
      const encoder = this.device.gpu.createCommandEncoder({ label: 'snapshot' });
      for (const [i, source] of this.sources.entries()) {
        const into = this.staging[i];
        if (into) encoder.copyBufferToBuffer(source, 0, into, 0, source.size);
      }
      this.device.gpu.queue.submit([encoder.finish()]);
      onTaken();
      return await Promise.all(this.staging.map((buffer) => readMapped(this.device, buffer)));
    } finally {
      this.free = true;
    }
  }
}
