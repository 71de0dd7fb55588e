// One GPU device: how it is asked for, what it can do, how its errors and its loss reach the caller. Owns the
// pipeline cache; several devices may live side by side, and nothing here is global.

import { adapterName, isSoftware } from './adapter-name.ts';
import { DeviceLostError, GpuError, NoGpuError } from './errors.ts';
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
  /** Told of errors that no call could report. */
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
  private failure: DeviceLostError | GpuError | undefined;

  private constructor(
    /** Held only to stay alive: under Node, Dawn crashes when the instance is collected before its devices. */
    readonly instance: GPU | undefined,
    readonly gpu: GPUDevice,
    readonly adapter: AdapterDescription,
    readonly now: () => number,
    onError: ((error: GpuError | DeviceLostError) => void) | undefined,
    /** Whether shaders use subgroup operations, and if not, why. Results are the same to the bit. */
    readonly subgroups: SubgroupUse = { inUse: false, why: NOT_ASKED },
    /** Whether kernels are tried with subgroup matrices, and if not, why. */
    readonly subgroupMatrix: MatrixUse = { tried: false, why: NOT_ASKED },
  ) {
    const subgroup = subgroups.inUse ? subgroups.size : undefined;
    this.pipelines = new PipelineCache(gpu, now, { subgroup, matrix: subgroupMatrix.tried });
    const fail = (error: DeviceLostError | GpuError) => {
      this.failure ??= error;
      onError?.(error);
    };
    gpu.addEventListener('uncapturederror', (event) => fail(new GpuError(event.error.message)));
    gpu.lost.then((info) => fail(new DeviceLostError(info.message || info.reason)));
  }

  /** A device that the caller has made already, and may share with others. */
  static wrap(gpu: GPUDevice, options: Pick<DeviceOptions, 'now' | 'onError'> = {}): Device {
    const { adapterInfo } = gpu;
    const adapter = { name: adapterName(adapterInfo), software: isSoftware(adapterInfo) };
    return new Device(undefined, gpu, adapter, options.now ?? Date.now, options.onError);
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
        await subgroupUse(device, adapter, subgroups),
        matrix ? matrixUse(device.features, adapter.info) : undefined,
      );
    } catch (cause) {
      throw new NoGpuError(`the adapter gave no device: ${cause instanceof Error ? cause.message : cause}`, { cause });
    }
  }

  /** @throws DeviceLostError once the device is gone, GpuError once an error came that no call could report */
  assertAlive(): void {
    if (this.failure) throw this.failure;
  }

  /** Resolves when the device is lost, also by `destroy`. */
  get whenLost(): Promise<GPUDeviceLostInfo> {
    return this.gpu.lost;
  }

  /**
   * Runs `make` and waits for what the GPU says of it.
   * @throws GpuError with the GPU's own message when it is not valid or memory runs out
   */
  async checked<T>(what: string, make: () => T): Promise<T> {
    this.assertAlive();
    this.gpu.pushErrorScope('out-of-memory');
    this.gpu.pushErrorScope('validation');
    let made: { value: T } | { error: unknown };
    try {
      made = { value: make() };
    } catch (error) {
      made = { error };
    }
    const scopes = Promise.all([this.gpu.popErrorScope(), this.gpu.popErrorScope()]);
    if ('error' in made) {
      await scopes;
      throw made.error;
    }
    const [invalid, full] = await scopes;
    this.assertAlive();
    if (full) throw new GpuError(`${what}: the GPU is out of memory: ${full.message}`);
    if (invalid) throw new GpuError(`${what}: ${invalid.message}`);
    return made.value;
  }

  destroy(): void {
    this.gpu.destroy();
  }
}

async function subgroupUse(device: GPUDevice, { info }: GPUAdapter, asked: boolean): Promise<SubgroupUse | undefined> {
  if (!asked) return undefined;
  if (!device.features.has('subgroups')) return { inUse: false, why: 'the adapter has no subgroups' };
  return probeSubgroups(device, info.subgroupMinSize);
}
