// The averaged weights of a training on the GPU: buffers laid out as what is trained of the network's two arenas, which the
// plan's section `average` moves. They start as the network's own numbers at the first step, and can stand in for them
// while something is evaluated; the network's numbers come back bit for bit.

import { COPY_DST, COPY_SRC, STORAGE } from '../../runtime/usage.ts';
import type { DenseNet } from '../model.ts';
import type { TrainingRegions } from '../plan/training.ts';
import type { Arenas } from '../state-dict.ts';

/** A stretch of one of the network's buffers, in floats. */
interface Stretch {
  readonly of: 'parameters' | 'running';
  readonly first: number;
  readonly floats: number;
}

type Regions = Pick<TrainingRegions, 'average' | 'part' | 'movingStatistics'>;

/** What is averaged, in the order of the buffers. */
const stretchesOf = ({ part, movingStatistics }: Regions): readonly Stretch[] => [
  { of: 'parameters', first: part.first, floats: part.floats },
  ...(movingStatistics ? [{ of: 'running', ...movingStatistics } as const] : []),
];

export class AveragedWeights {
  private readonly stretches: readonly Stretch[];

  constructor(
    private readonly model: DenseNet,
    regions: Regions,
    /** By the plan's regions: parameters, then running statistics where they move. */
    readonly buffers: readonly GPUBuffer[],
  ) {
    this.stretches = stretchesOf(regions);
  }

  /** What to allocate for a plan. */
  static wanted({ average }: Regions) {
    const regions = [average?.parameters, average?.running].filter((region) => region !== undefined);
    const usage = STORAGE | COPY_SRC | COPY_DST;
    return regions.map(({ buffer }) => ({ buffer, label: buffer.label, size: buffer.bytes, usage }));
  }

  /** The averages become the network's numbers, behind all that was submitted. */
  start(): void {
    this.submit('starting the average', (encoder) => {
      for (const [i, { of, first, floats }] of this.stretches.entries()) {
        const average = this.buffers[i];
        if (average) encoder.copyBufferToBuffer(this.model[of], first * 4, average, 0, floats * 4);
      }
    });
  }

  /** Writes the averages. */
  load(arenas: Arenas): void {
    const { queue } = this.model.device.gpu;
    for (const [i, { of, first, floats }] of this.stretches.entries()) {
      const average = this.buffers[i];
      if (average) queue.writeBuffer(average, 0, arenas[of], first, floats);
    }
  }

  /** The network's arenas with the averages in their places, read as the buffers are. */
  arenas(network: Arenas, averages: readonly Float32Array<ArrayBuffer>[]): Arenas {
    const out = { parameters: network.parameters.slice(), running: network.running.slice() };
    for (const [i, { of, first, floats }] of this.stretches.entries()) {
      out[of].set(averages[i]?.subarray(0, floats) ?? [], first);
    }
    return out;
  }

  /**
   * Runs `work` while the network has the averages.
   * @throws GpuError where there is no memory to set the network's own numbers aside; what `work` throws
   */
  async during<T>(work: () => Promise<T>): Promise<T> {
    const { device } = this.model;
    const aside = await device.allocate(
      "setting the network's weights aside",
      this.buffers.map(({ label, size }) => ({ label: `aside from ${label}`, size, usage: COPY_SRC | COPY_DST })),
    );
    try {
      this.submit('taking the averaged weights', (encoder) => {
        for (const [i, { of, first, floats }] of this.stretches.entries()) {
          const [own, average] = [aside[i], this.buffers[i]];
          if (!own || !average) continue;
          encoder.copyBufferToBuffer(this.model[of], first * 4, own, 0, floats * 4);
          encoder.copyBufferToBuffer(average, 0, this.model[of], first * 4, floats * 4);
        }
      });
      this.model.changed();
      try {
        return await work();
      } finally {
        this.submit('taking the weights back', (encoder) => {
          for (const [i, { of, first, floats }] of this.stretches.entries()) {
            const own = aside[i];
            if (own) encoder.copyBufferToBuffer(own, 0, this.model[of], first * 4, floats * 4);
          }
        });
        this.model.changed();
      }
    } finally {
      for (const buffer of aside) buffer.destroy();
    }
  }

  private submit(label: string, encode: (encoder: GPUCommandEncoder) => void): void {
    const { gpu } = this.model.device;
    const encoder = gpu.createCommandEncoder({ label });
    encode(encoder);
    gpu.queue.submit([encoder.finish()]);
  }
}
