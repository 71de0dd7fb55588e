// A DenseNet on a GPU: one arena of parameters and one of running statistics, shared by every plan made for it. Loading a
// state dict checks all of it first; a bad one changes nothing.

import { Device } from '../runtime/device.ts';
import { ConfigError, DisposedError, GpuError, LimitError } from '../runtime/errors.ts';
import { anything, checkInstance, checkOptions, kindOf, oneOf, type Rules, SEED } from '../runtime/options.ts';
import type { LogicalBuffer } from '../runtime/program.ts';
import { download } from '../runtime/readback.ts';
import { COPY_DST, COPY_SRC, STORAGE } from '../runtime/usage.ts';
import type { DenseNetConfig } from './config.ts';
import { initialize } from './initialize.ts';
import { buildNetwork, type Network } from './network.ts';
import type { PlanBuilder } from './plan/builder.ts';
import type { DeviceLimits } from './plan/plan.ts';
import {
  type Arenas,
  type LoadOptions,
  type StateDict,
  type StateTensor,
  toArenas,
  toStateDict,
} from './state-dict.ts';

const STORAGE_AND_COPIES = STORAGE | COPY_SRC | COPY_DST;

/** What a network starts from. */
export interface ModelOptions {
  /** Seed of the initial parameters, where no state is given. Default 0. */
  readonly seed?: number;
  /** Weights and running statistics to start from. */
  readonly state?: StateDict;
  /** NaN and infinity in that state: an error that names the tensor ('refuse', the default), or loaded ('allow'). */
  readonly nonFinite?: LoadOptions['nonFinite'];
}

const LOAD_OPTIONS = { nonFinite: oneOf('refuse', 'allow') } satisfies Rules<LoadOptions>;
const MODEL_OPTIONS = { seed: SEED, state: anything, ...LOAD_OPTIONS } satisfies Rules<ModelOptions>;

/** @throws ConfigError for anything but a state dict */
function checkState(state: unknown): void {
  if (typeof state === 'object' && state !== null && 'get' in state && 'keys' in state) return;
  throw new ConfigError(
    'state',
    kindOf(state),
    'must be a Map of tensors by name, as from stateDict() or importWeights()',
  );
}

/**
 * A network whose parameters and running statistics live on a GPU; `Trainer`, `Inference` and `Explanations` work on it and share them.
 */
export class DenseNet {
  /** Counts every change of the weights, so that what was derived from them is known to be stale. */
  private revision = 0;
  private isDestroyed = false;
  /** State dicts loaded; and why the weights of the last are not on the GPU. */
  private loads = 0;
  private fault: unknown;

  private constructor(
    /** The device that it lives on. */
    readonly device: Device,
    /** Its layers: channels, sizes, names. */
    readonly network: Network,
    /** All parameters, one after another, as `network.parameters` places them. */
    readonly parameters: GPUBuffer,
    /** All running statistics, as `network.norms` places them. */
    readonly running: GPUBuffer,
  ) {}

  /**
   * A network with the given weights, or with random ones of a seed; `options.state` is read at the call.
   * @throws ConfigError or StateError for invalid arguments, LimitError and GpuError where the GPU is out of memory;
   * DisposedError, DeviceLostError
   */
  static async create(device: Device, config: DenseNetConfig, options: ModelOptions = {}): Promise<DenseNet> {
    checkInstance('device', device, Device, 'Device', 'await Device.open(navigator.gpu)');
    checkOptions<ModelOptions>('options of DenseNet', options, MODEL_OPTIONS);
    const network = buildNetwork(config);
    const { maxBufferSize, maxStorageBufferBindingSize } = device.gpu.limits;
    const bytes = network.arena.parameters * 4;
    const most = Math.min(maxBufferSize, maxStorageBufferBindingSize);
    if (bytes > most) {
      throw new LimitError(`the parameters need one binding of ${bytes} bytes, but this device allows ${most}`, 0);
    }
    const { state, seed = 0, nonFinite } = options;
    if (state !== undefined) checkState(state);
    const arenas = state ? toArenas(network, state, { nonFinite }) : initialize(network, seed);
    const usage = STORAGE_AND_COPIES;
    const [parameters, running] = await device.allocate('allocating the parameters', [
      { label: 'parameters', size: bytes, usage },
      { label: 'running statistics', size: arenas.running.byteLength, usage },
    ]);
    if (!parameters || !running) throw new GpuError('no memory was allocated for the parameters');
    const model = new DenseNet(device, network, parameters, running);
    try {
      await model.write(arenas);
      return model;
    } catch (error) {
      model.destroy();
      throw error;
    }
  }

  /** The configuration that it was made from. */
  get config(): DenseNetConfig {
    return this.network.config;
  }

  /** What decides whether a plan fits. */
  get limits(): DeviceLimits {
    return this.device.limits;
  }

  /** Grows whenever parameters or running statistics change. */
  get version(): number {
    return this.revision;
  }

  /** @throws DisposedError after `destroy`; DeviceLostError; GpuError where the GPU refused the weights loaded last */
  assertAlive(): void {
    if (this.isDestroyed) throw new DisposedError('DenseNet');
    this.device.assertAlive();
    this.assertLoaded();
  }

  /** For results computed from the weights. @throws GpuError where the GPU refused the weights loaded last */
  assertLoaded(): void {
    if (this.fault) throw this.fault;
  }

  /** Called by what changes the arenas on the GPU (a training step). */
  changed(): void {
    this.revision++;
  }

  /**
   * The arenas as a plan's external buffers.
   * @internal
   */
  externals(plan: PlanBuilder): Map<LogicalBuffer, GPUBuffer> {
    return new Map([
      [plan.parameters.buffer, this.parameters],
      [plan.running.buffer, this.running],
    ]);
  }

  /**
   * Loads weights and running statistics, after all that was submitted; the tensors are read at the call. Where the GPU
   * has no memory for it, the calls after it throw that GpuError.
   * @throws StateError naming the tensor, and nothing is changed then; DisposedError, DeviceLostError
   */
  loadStateDict(state: StateDict, options: LoadOptions = {}): void {
    if (this.isDestroyed) throw new DisposedError('DenseNet');
    checkState(state);
    checkOptions<LoadOptions>('options of loadStateDict', options, LOAD_OPTIONS);
    this.write(toArenas(this.network, state, options));
  }

  /** For a class that writes to the arenas: where `accepted` rejects, what it wrote is not there. */
  watch(accepted: Promise<void>): void {
    const { loads } = this;
    accepted.catch((error: unknown) => {
      if (this.loads === loads) this.fault = error;
    });
  }

  /**
   * Weights, biases and running statistics under torchvision's names, as they are after all that was submitted.
   * @throws DisposedError, DeviceLostError, GpuError
   */
  async stateDict(): Promise<Map<string, StateTensor>> {
    this.assertAlive();
    const read = async (buffer: GPUBuffer) =>
      new Float32Array((await download(this.device, { buffer, offset: 0, bytes: buffer.size })).buffer);
    const [parameters, running] = await Promise.all([read(this.parameters), read(this.running)]);
    return toStateDict(this.network, { parameters, running });
  }

  /**
   * Frees the GPU memory. What was submitted is finished; later calls of the network, and of trainers and runners made for it,
   * throw DisposedError. May be called more than once.
   */
  destroy(): void {
    this.isDestroyed = true;
    this.parameters.destroy();
    this.running.destroy();
  }

  /** Calls `destroy`. */
  [Symbol.dispose](): void {
    this.destroy();
  }

  private write({ parameters, running }: Arenas): Promise<void> {
    const { queue } = this.device.gpu;
    const { accepted } = this.device.scoped('loading the weights', () => {
      queue.writeBuffer(this.parameters, 0, parameters);
      queue.writeBuffer(this.running, 0, running);
    });
    this.fault = undefined;
    this.loads++;
    this.changed();
    this.watch(accepted);
    return accepted;
  }
}
