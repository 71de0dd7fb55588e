// The worker's one network: the device that it lives on, the network, and the plan that runs it. Whoever works with it
// waits for the one before (`enqueue`), because results are read from what a run left on the GPU.

import type { DenseNetConfig } from '../../src/densenet/config.ts';
import { Explanations } from '../../src/densenet/explain/explanations.ts';
import { Inference, type InferenceOptions } from '../../src/densenet/inference.ts';
import { DenseNet } from '../../src/densenet/model.ts';
import type { StateDict } from '../../src/densenet/state-dict.ts';
import type { JobContext } from '../../src/jobs/define-job.ts';
import { Device } from '../../src/runtime/device.ts';
import { ConfigError, LimitError } from '../../src/runtime/errors.ts';
import { replaced } from '../contract.ts';

/** At most so many multiply-adds run in a moment on a processor, also by shaders that compile quickly and run slowly. */
const FEW_MULTIPLY_ADDS = 20e6;

/**
 * Whether shaders for images one at a time are unrolled: on a software GPU a small workload is all compiling, which rolled
 * shaders shorten several times; a large one runs twice as fast unrolled. A hardware GPU compiles either in a moment.
 */
function shouldUnroll({ device, network, config }: DenseNet): boolean {
  // Each parameter multiplies no more often than the image has pixels.
  const most = network.parameterCount * config.height * config.width;
  return !device.adapter.software || most > FEW_MULTIPLY_ADDS;
}

export class Loaded {
  /** One for all that ask for it at once. */
  private device: Promise<Device> | undefined;
  private current: Inference | undefined;
  private many: Inference | undefined;
  private options: Omit<InferenceOptions, 'batch' | 'keepFeatures'> = {};
  /** The network in use finds several classes at once: a sigmoid each. */
  multiLabel = false;
  /** Of the network in use. */
  id = '';
  private last: Promise<unknown> = Promise.resolve();
  private waiting = 0;
  private why: Explanations | undefined;

  /** @param onLost called once, with the reason, when the device goes away */
  constructor(private readonly onLost: (reason: string) => void) {}

  /** Runs `work` when all that was asked for before has ended, well or not. */
  enqueue<T>(work: () => Promise<T>): Promise<T> {
    this.waiting++;
    const result = this.last.then(() => {
      this.waiting--;
      return work();
    });
    this.last = result.catch(() => undefined);
    return result;
  }

  /**
   * As `enqueue`, for work with one network.
   * @param id of `LoadedNetwork`
   * @throws `replaced` where another one is in use by the time that it is this work's turn
   */
  enqueueFor<T>(id: string, work: () => Promise<T>): Promise<T> {
    return this.enqueue(async () => {
      if (id !== this.id) throw replaced();
      return work();
    });
  }

  /** Something else waits for what runs now: long work that can be begun again should end. */
  get isWanted(): boolean {
    return this.waiting > 0;
  }

  /** Explanations of the network in use. @throws ConfigError where none is loaded */
  get explanations(): Explanations {
    this.why ??= new Explanations(this.inference.model);
    return this.why;
  }

  /** The network in use. @throws ConfigError where none is loaded */
  get inference(): Inference {
    if (!this.current) throw new ConfigError('network', 'none', 'is loaded; load one first');
    return this.current;
  }

  /** The device that networks are loaded on. @throws NoGpuError, DeviceLostError */
  async open(context: Pick<JobContext, 'gpu' | 'now'>): Promise<Device> {
    this.device ??= this.openNew(context).catch((error) => {
      this.device = undefined;
      throw error;
    });
    const device = await this.device;
    device.assertAlive();
    return device;
  }

  private async openNew({ gpu, now }: Pick<JobContext, 'gpu' | 'now'>): Promise<Device> {
    // Timestamps: what a pass takes is shown where the GPU can tell.
    // Another attempt is the page's, in a new worker: this one may be bound to a GPU process that is gone.
    const device = await Device.open(gpu, { now, features: ['timestamp-query'], retries: 0 });
    device.whenLost.then(({ message, reason }) => this.onLost(message || reason));
    return device;
  }

  /**
   * Puts another network in the place of the one in use; where that fails, the old one stays.
   * @throws ConfigError, StateError for what does not fit together; LimitError, GpuError, DeviceLostError
   */
  async replace(
    device: Device,
    config: DenseNetConfig,
    state: StateDict,
    options: Omit<InferenceOptions, 'batch' | 'keepFeatures'>,
  ): Promise<Inference> {
    const model = await DenseNet.create(device, config, { state });
    const single: InferenceOptions = {
      ...options,
      batch: 1,
      keepFeatures: 'all',
      unroll: shouldUnroll(model),
    };
    const inference = await Inference.create(model, single).catch((error) => {
      model.destroy();
      throw error;
    });
    this.why?.destroy();
    this.why = undefined;
    this.releaseBatched();
    this.options = options;
    this.current?.destroy();
    this.current?.model.destroy();
    this.current = inference;
    this.id = crypto.randomUUID();
    return inference;
  }

  /**
   * The network in use for up to `batch` images per run, one by one where the GPU has no room for so many. It is kept until
   * `releaseBatched` or another network.
   * @throws GpuError, DeviceLostError, ConfigError where no network is loaded
   */
  async batched(batch: number): Promise<Inference> {
    const { inference } = this;
    if (batch <= 1) return inference;
    if (this.many?.plan.batch !== batch) {
      this.releaseBatched();
      this.many = await Inference.create(inference.model, { ...this.options, batch }).catch((error) => {
        if (error instanceof LimitError) return undefined;
        throw error;
      });
    }
    return this.many ?? inference;
  }

  /** Gives the memory of `batched` back. */
  releaseBatched(): void {
    this.many?.destroy();
    this.many = undefined;
  }
}
