// A DenseNet whose numbers live on a GPU: one arena of parameters and one of running statistics, shared by every plan
// made for it. Loading a state dict checks all of it first; a bad one changes nothing.

import type { Device } from '../runtime/device.ts';
import { LimitError } from '../runtime/errors.ts';
import type { LogicalBuffer } from '../runtime/program.ts';
import { download } from '../runtime/readback.ts';
import { COPY_DST, COPY_SRC, STORAGE } from '../runtime/usage.ts';
import type { DenseNetConfig } from './config.ts';
import { initialize } from './initialize.ts';
import { buildNetwork, type Network } from './network.ts';
import type { PlanBuilder } from './plan/builder.ts';
import type { DeviceLimits } from './plan/memory.ts';
import { type Arenas, type LoadOptions, type StateDict, type StateTensor, toArenas, toStateDict } from './state.ts';

const STORAGE_AND_COPIES = STORAGE | COPY_SRC | COPY_DST;

export interface ModelOptions {
  /** Seed of the initial parameters, where no state is given. Default 0. */
  readonly seed?: number;
  /** Weights and running statistics to start from. */
  readonly state?: StateDict;
  /** NaN and infinity in that state: an error that names the tensor ('refuse', the default), or loaded as they are. */
  readonly nonFinite?: LoadOptions['nonFinite'];
}

export class DenseNet {
  /** Counts every change of the numbers, so that what was folded from them knows when it is stale. */
  private revision = 0;

  private constructor(
    readonly device: Device,
    readonly network: Network,
    readonly parameters: GPUBuffer,
    readonly running: GPUBuffer,
  ) {}

  /**
   * @throws ConfigError or StateError for what cannot be, LimitError and GpuError where the GPU has no room
   */
  static async create(device: Device, config: DenseNetConfig, options: ModelOptions = {}): Promise<DenseNet> {
    const network = buildNetwork(config);
    const { maxBufferSize, maxStorageBufferBindingSize } = device.gpu.limits;
    const bytes = network.arena.parameters * 4;
    const most = Math.min(maxBufferSize, maxStorageBufferBindingSize);
    if (bytes > most) {
      throw new LimitError(`the parameters need one binding of ${bytes} bytes, this device allows ${most}`, 0);
    }
    const { state, seed = 0, nonFinite } = options;
    const arenas = state ? toArenas(network, state, nonFinite && { nonFinite }) : initialize(network, seed);
    const [parameters, running] = await device.checked('allocating the parameters', () => {
      const make = (label: string, size: number) => device.gpu.createBuffer({ label, size, usage: STORAGE_AND_COPIES });
      return [make('parameters', bytes), make('running statistics', arenas.running.byteLength)] as const;
    });
    const model = new DenseNet(device, network, parameters, running);
    model.write(arenas);
    return model;
  }

  get config(): DenseNetConfig {
    return this.network.config;
  }

  /** What decides whether a plan fits. */
  get limits(): DeviceLimits {
    return this.device.gpu.limits;
  }

  /** Grows whenever parameters or running statistics change. */
  get version(): number {
    return this.revision;
  }

  /** Called by what changes the arenas on the GPU (a training step). */
  changed(): void {
    this.revision++;
  }

  /** The arenas as a plan's external buffers. */
  externals(plan: PlanBuilder): Map<LogicalBuffer, GPUBuffer> {
    return new Map([
      [plan.parameters.buffer, this.parameters],
      [plan.running.buffer, this.running],
    ]);
  }

  /** @throws StateError naming the tensor, and nothing is changed then */
  loadStateDict(state: StateDict, options: LoadOptions = {}): void {
    this.device.assertAlive();
    this.write(toArenas(this.network, state, options));
  }

  /** Weights, biases and running statistics under torchvision's names, as they are after all that was submitted. */
  async stateDict(): Promise<Map<string, StateTensor>> {
    const read = async (buffer: GPUBuffer) =>
      new Float32Array((await download(this.device, { buffer, offset: 0, bytes: buffer.size })).buffer);
    const [parameters, running] = await Promise.all([read(this.parameters), read(this.running)]);
    return toStateDict(this.network, { parameters, running });
  }

  destroy(): void {
    this.parameters.destroy();
    this.running.destroy();
  }

  private write({ parameters, running }: Arenas): void {
    this.device.gpu.queue.writeBuffer(this.parameters, 0, parameters);
    this.device.gpu.queue.writeBuffer(this.running, 0, running);
    this.changed();
  }
}
