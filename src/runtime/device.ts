// One GPU device: how it is asked for, what it can do, how its errors and its loss reach the caller. Owns the
// pipeline cache; several devices may live side by side, and nothing here is global.

import { adapterName, isSoftware } from './adapter-name.ts';
import { DeviceLostError, DisposedError, GpuError, NoGpuError } from './errors.ts';
import { PipelineCache } from './pipelines.ts';
import { type MatrixUse, matrixUse, SUBGROUP_MATRIX } from './subgroup-matrix.ts';
import { probeSubgroups, type SubgroupUse } from './subgroups.ts';

export interface DeviceOptions {
  readonly powerPreference?: GPUPowerPreference;
  /** Ask for WebGPU's default limits (with no `features`, what every device has). */
  readonly defaultLimits?: boolean;
  /** Reduce by subgroup operations where the adapter has them and a probe finds them as expected (default: false). */
  readonly subgroups?: boolean;
  /** Optional features to have where the adapter has them, such as 'timestamp-query'; no kernel needs one. */
  readonly features?: readonly GPUFeatureName[];
  /**
   * What may change or vanish with a browser's next version. `subgroupMatrix`: small 1x1 convolutions of inference by
   * subgroup matrices, where the adapter has 8x8x8 of f32 and a trial on the device agrees with the portable shader;
   * `pipelines.trials` says what became of each. Sums are in another order then: results differ by rounding.
   */
  readonly experimental?: { readonly subgroupMatrix?: boolean };
  /** Told of the device's loss, and of errors that belong to no call; other work goes on after those. */
  readonly onError?: (error: GpuError | DeviceLostError) => void;
  /** A clock in milliseconds, for the time that compiling takes (default: Date.now; performance.now is finer). */
  readonly now?: () => number;
}

export interface AdapterDescription {
  /** One line for people; a software adapter is called so. */
  readonly name: string;
  /** A GPU emulated on the processor: right, and hundreds of times slower. */
  readonly software: boolean;
}

/** Limits whose larger values let larger batches run. */
const RAISED_LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
] as const satisfies readonly (keyof GPUSupportedLimits)[];
const NOT_ASKED = 'they were not asked for';

export class Device {
  readonly pipelines: PipelineCache;
  /** Why nothing can be done any more; a mistake of one caller is no reason. */
  private gone: DeviceLostError | DisposedError | undefined;
  /** Those who wait for an answer of the GPU: hosts leave some promises open when a device goes away. */
  private readonly waiting = new Set<(error: unknown) => void>();
  private readonly onUncaptured: (event: GPUUncapturedErrorEvent) => void;

  private constructor(
    /** Held only to stay alive: under Node, Dawn crashes when the instance is collected before its devices. */
    readonly instance: GPU | undefined,
    readonly gpu: GPUDevice,
    readonly adapter: AdapterDescription,
    readonly now: () => number,
    onError: ((error: GpuError | DeviceLostError) => void) | undefined,
    /** Whether the GPU device was made here: a wrapped one belongs to its caller. */
    private readonly isOwned: boolean,
    /** Whether shaders use subgroup operations, and if not, why. Results are the same to the bit. */
    readonly subgroups: SubgroupUse = { inUse: false, why: NOT_ASKED },
    /** Whether kernels are tried with subgroup matrices, and if not, why. */
    readonly subgroupMatrix: MatrixUse = { tried: false, why: NOT_ASKED },
  ) {
    const features = { subgroup: subgroups.inUse ? subgroups.size : undefined, matrix: subgroupMatrix.tried };
    this.pipelines = new PipelineCache(gpu, now, features, (answer) => this.settled(answer));
    // What a call of ours does wrong reaches that call by its error scopes. This is anything else, on a wrapped device the
    // caller's own mistakes too: told, and no reason to refuse others' work.
    this.onUncaptured = (event) => onError?.(new GpuError(event.error.message));
    gpu.addEventListener('uncapturederror', this.onUncaptured);
    gpu.lost.then(({ message, reason }) => {
      if (this.gone) return;
      const error = new DeviceLostError(message || reason);
      this.end(error);
      onError?.(error);
    });
  }

  /**
   * A device that the caller has made already, and may share with others. It stays the caller's: `destroy` ends only what
   * is done through this object.
   */
  static wrap(gpu: GPUDevice, options: Pick<DeviceOptions, 'now' | 'onError'> = {}): Device {
    const { adapterInfo } = gpu;
    const adapter = { name: adapterName(adapterInfo), software: isSoftware(adapterInfo) };
    return new Device(undefined, gpu, adapter, options.now ?? Date.now, options.onError, false);
  }

  /**
   * A device of its own.
   * @throws NoGpuError when there is no WebGPU, no adapter or no device
   */
  static async open(gpu: GPU | undefined, options: DeviceOptions = {}): Promise<Device> {
    if (!gpu) throw new NoGpuError('WebGPU is not available here');
    const { powerPreference = 'high-performance', defaultLimits = false, subgroups = false, features = [] } = options;
    const matrix = options.experimental?.subgroupMatrix === true;
    const adapter = await gpu.requestAdapter({ powerPreference });
    if (!adapter) throw new NoGpuError('WebGPU found no adapter: no GPU driver that it can use');
    const wanted: readonly GPUFeatureName[] = [
      ...features,
      ...(subgroups || matrix ? (['subgroups'] as const) : []),
      ...(matrix ? [SUBGROUP_MATRIX] : []),
    ];
    const requiredFeatures = wanted.filter((feature) => adapter.features.has(feature));
    const requiredLimits = defaultLimits ? {} : Object.fromEntries(RAISED_LIMITS.map((l) => [l, adapter.limits[l]]));
    try {
      const device = await adapter.requestDevice({ label: 'densenet', requiredFeatures, requiredLimits });
      return new Device(
        gpu,
        device,
        { name: adapterName(adapter.info), software: isSoftware(adapter.info) },
        options.now ?? Date.now,
        options.onError,
        true,
        await subgroupUse(device, adapter, subgroups),
        matrix ? matrixUse(device.features, adapter.info) : undefined,
      );
    } catch (cause) {
      throw new NoGpuError(`the adapter gave no device: ${cause instanceof Error ? cause.message : cause}`, { cause });
    }
  }

  /** @throws DeviceLostError once the device is gone, DisposedError after `destroy` */
  assertAlive(): void {
    if (this.gone) throw this.gone;
  }

  /** Resolves when the device is lost, also by `destroy`. */
  get whenLost(): Promise<GPUDeviceLostInfo> {
    return this.gpu.lost;
  }

  /**
   * The GPU's answer; rejects as soon as the device is lost or destroyed, whether the GPU still answers or not.
   * @throws DeviceLostError, DisposedError
   */
  settled<T>(answer: Promise<T>): Promise<T> {
    const { gone } = this;
    if (gone) {
      answer.catch(() => undefined);
      return Promise.reject(gone);
    }
    return new Promise<T>((resolve, reject) => {
      this.waiting.add(reject);
      const done = () => this.waiting.delete(reject);
      answer.then(resolve, (error) => reject(this.gone ?? error)).then(done);
    });
  }

  /**
   * Runs `make` inside error scopes. `accepted` says later what the GPU makes of it: a GpuError in its own words where it is
   * not valid or memory runs out. Nothing has to wait for it, but somebody has to ask.
   * @throws what `make` throws; DeviceLostError, DisposedError
   */
  scoped<T>(what: string, make: () => T): { readonly value: T; readonly accepted: Promise<void> } {
    this.assertAlive();
    this.gpu.pushErrorScope('out-of-memory');
    this.gpu.pushErrorScope('validation');
    let scopes: Promise<readonly (GPUError | null)[]> | undefined;
    const pop = () => Promise.all([this.gpu.popErrorScope(), this.gpu.popErrorScope()]);
    try {
      const value = make();
      scopes = pop();
      const accepted = this.settled(scopes).then((errors) => refuse(what, errors));
      accepted.catch(() => undefined); // whoever asks late is answered still
      return { value, accepted };
    } finally {
      if (!scopes) pop().catch(() => undefined);
    }
  }

  /**
   * Runs `make` and waits for what the GPU says of it.
   * @throws GpuError with the GPU's own message when it is not valid or memory runs out
   */
  async checked<T>(what: string, make: () => T): Promise<T> {
    const { value, accepted } = this.scoped(what, make);
    await accepted;
    return value;
  }

  /** Buffers of a kind, all or none. @throws GpuError when memory runs out */
  async allocate(what: string, wanted: readonly GPUBufferDescriptor[]): Promise<GPUBuffer[]> {
    const made: GPUBuffer[] = [];
    try {
      await this.checked(what, () => {
        for (const descriptor of wanted) made.push(this.gpu.createBuffer(descriptor));
      });
      return made;
    } catch (error) {
      for (const buffer of made) buffer.destroy();
      throw error;
    }
  }

  /**
   * Ends the device and everything made on it: what waits is rejected with DisposedError, and so is every later call. A
   * wrapped GPU device is left as it is, so destroy the networks on it first. May be called more than once.
   */
  destroy(): void {
    this.end(new DisposedError('Device'));
    this.gpu.removeEventListener('uncapturederror', this.onUncaptured);
    if (this.isOwned) this.gpu.destroy();
  }

  [Symbol.dispose](): void {
    this.destroy();
  }

  private end(error: DeviceLostError | DisposedError): void {
    this.gone ??= error;
    for (const reject of this.waiting) reject(this.gone);
    this.waiting.clear();
  }
}

function refuse(what: string, [invalid, full]: readonly (GPUError | null)[]): void {
  if (full) throw new GpuError(`${what}: the GPU is out of memory: ${full.message}`);
  if (invalid) throw new GpuError(`${what}: ${invalid.message}`);
}

async function subgroupUse(device: GPUDevice, { info }: GPUAdapter, asked: boolean): Promise<SubgroupUse | undefined> {
  if (!asked) return undefined;
  if (!device.features.has('subgroups')) return { inUse: false, why: 'the adapter has no subgroups' };
  return probeSubgroups(device, info.subgroupMinSize);
}
