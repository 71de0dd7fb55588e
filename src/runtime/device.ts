// One GPU device: how it is asked for, what it can do, how its errors and its loss reach the caller. Owns the
// pipeline cache; several devices may live side by side, and nothing here is global.

import { type AdapterDescription, type AdapterWords, describeAdapter } from './adapter.ts';
import { ConfigError, DeviceLostError, DisposedError, GpuError, NoGpuError } from './errors.ts';
import { polled } from './firefox-poll.ts';
import { IN_FIREFOX, pageMemoryHere } from './host.ts';
import { pause, type RetryOptions, requestAdapter, requestDevice, retried } from './opening.ts';
import {
  aFunction,
  aNumber,
  anObject,
  checkOptions,
  flag,
  kindOf,
  must,
  nested,
  oneOf,
  type Rule,
  type Rules,
  whole,
} from './options.ts';
import { PipelineCache } from './pipelines.ts';
import { MATRIX_FEATURES, MATRIX_WORKGROUP_BYTES, type MatrixShaders, type MatrixUse } from './subgroup-matrix.ts';
import { probeSubgroups, type SubgroupUse } from './subgroups.ts';
import { LONGEST_SUBMIT, SubmitBudget } from './submit-budget.ts';
import { type TileTarget, tileTarget } from './tile-target.ts';

/** How a device is opened. */
export interface DeviceOptions extends RetryOptions {
  /**
   * Milliseconds that each step of opening (`requestAdapter`, `requestDevice`, the device's first answer) may take. What has not
   * answered by then counts as lost, and is tried again. Default 10 000.
   */
  readonly timeoutMs?: number;
  /** Which of several GPUs, as in `requestAdapter`. */
  readonly powerPreference?: GPUPowerPreference;
  /** Ask for WebGPU's default limits (with no `features`, what every device has). */
  readonly defaultLimits?: boolean;
  /**
   * Have subgroup operations, where the adapter has them and a probe finds them as expected (default: false). Reductions use
   * them where `autotune` has measured that they are faster (`tileConfig`), and nowhere else; results are the same to the bit.
   */
  readonly subgroups?: boolean;
  /** Optional features to have where the adapter has them, such as 'timestamp-query'; no kernel needs one. */
  readonly features?: readonly GPUFeatureName[];
  /**
   * What may change or vanish with a browser's next version. `subgroupMatrix`: `subgroupMatrices`, to multiply by subgroup
   * matrices where the adapter has them: with `precision: 'f16-matrix'` the forward convolutions from f16 values, and small
   * 1x1 convolutions of float32 inference. Each kernel is compared with float64 on the device before it is used;
   * `pipelines.kernelChecks` lists the outcomes.
   */
  readonly experimental?: {
    /** The shaders with subgroup matrices: `subgroupMatrices`. Left out: none. */
    readonly subgroupMatrix?: MatrixShaders;
  };
  /** Told of the device's loss, and of errors that belong to no call; other work goes on after those. */
  readonly onError?: (error: GpuError | DeviceLostError) => void;
  /**
   * Milliseconds that one submit may take, as far as they can be foreseen; what takes longer goes in several, and no number
   * changes. Between two submits a page is drawn, and a driver's watchdog sees that the GPU is alive. Default 50 in a browser,
   * 200 elsewhere.
   */
  readonly longestSubmit?: number;
  /** A clock in milliseconds, for the time that compiling and submits take (default: Date.now; performance.now is finer). */
  readonly now?: () => number;
}

const aList: Rule = must(
  (value) => Array.isArray(value) && value.every((name) => typeof name === 'string'),
  'must be a list of feature names',
);

const LONGEST_RULE = aNumber((value) => value > 0, 'must be milliseconds, above 0');

const hasMethod = (given: unknown, name: string): boolean =>
  typeof given === 'object' && given !== null && typeof Reflect.get(given, name) === 'function';

const MATRIX_SHADERS: Rule = must(
  (value) => hasMethod(value, 'text'),
  "must be subgroupMatrices, imported from 'densenet-webgpu', or left out",
);

const DEVICE_OPTIONS = {
  longestSubmit: LONGEST_RULE,
  powerPreference: oneOf('low-power', 'high-performance'),
  defaultLimits: flag,
  subgroups: flag,
  features: aList,
  experimental: nested<NonNullable<DeviceOptions['experimental']>>({ subgroupMatrix: MATRIX_SHADERS }),
  onError: aFunction,
  now: aFunction,
  timeoutMs: aNumber((value) => value > 0 && value < 2 ** 31, 'must be milliseconds, above 0 and below 2^31'),
  retries: whole(0, 100),
  signal: anObject,
  onRetry: aFunction,
} satisfies Rules<DeviceOptions>;

const WRAP_OPTIONS = {
  longestSubmit: LONGEST_RULE,
  now: aFunction,
  onError: aFunction,
} satisfies Rules<Pick<DeviceOptions, 'longestSubmit' | 'now' | 'onError'>>;

/** Limits whose larger values let larger batches run. */
const RAISED_LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
] as const satisfies readonly (keyof GPUSupportedLimits)[];
/**
 * Milliseconds that a device has to say that it is lost, after it refused something. Firefox calls everything of a lost
 * device invalid before its `lost` resolves.
 */
const LOSS_TOLD_WITHIN = 200;
const NOT_ASKED = 'they were not asked for';
/** Threads of a workgroup that every kernel has a tile for. */
const FEWEST_THREADS = 64;

/** The limits that decide whether a plan fits; every WebGPU device gives at least `DEFAULT_LIMITS`. */
export interface DeviceLimits {
  /** In bytes. */
  readonly maxBufferSize: number;
  /** In bytes. */
  readonly maxStorageBufferBindingSize: number;
  /** Workgroups. */
  readonly maxComputeWorkgroupsPerDimension: number;
  /** Bytes of GPU memory in all, where the system ends a page that takes more (iOS). */
  readonly pageMemory?: number | undefined;
}

/** A GPU device: what everything else is created on. Errors and loss of the device reach the caller through it. */
export class Device {
  /** Compiled pipelines, shared by all plans on the device. */
  readonly pipelines: PipelineCache;
  /** Which GPU it is. */
  readonly adapter: AdapterDescription;
  /**
   * How much goes into one submit.
   * @internal
   */
  readonly budget: SubmitBudget;
  /** What the device was found to be unable to do, and what is done instead; for people, one sentence each. */
  readonly notes: string[] = [];
  /** Whether kernels are tried with subgroup matrices, and if not, why. */
  readonly subgroupMatrix: MatrixUse;
  private target: TileTarget;
  /** Why nothing can be done any more; a mistake of one caller is no reason. */
  private gone: DeviceLostError | DisposedError | undefined;
  /** Those who wait for an answer of the GPU: hosts leave some promises open when a device goes away. */
  private readonly waiting = new Set<(error: unknown) => void>();
  private readonly onUncaptured: (event: GPUUncapturedErrorEvent) => void;

  private constructor(
    /** Held only to stay alive: under Node, Dawn crashes when the instance is collected before its devices. */
    readonly instance: GPU | undefined,
    /** The WebGPU device. */
    readonly gpu: GPUDevice,
    info: AdapterWords,
    /** The clock that measures compilation, in milliseconds. */
    readonly now: () => number,
    private readonly onError: ((error: GpuError | DeviceLostError) => void) | undefined,
    /** Whether the GPU device was made here: a wrapped one belongs to its caller. */
    private readonly isOwned: boolean,
    longestSubmit: number = LONGEST_SUBMIT,
    /** Whether shaders may use subgroup operations, and if not, why. */
    readonly subgroups: SubgroupUse = { inUse: false, why: NOT_ASKED },
    matrices?: { readonly shaders: MatrixShaders; readonly use: MatrixUse },
  ) {
    this.subgroupMatrix = matrices?.use ?? { tried: false, why: NOT_ASKED };
    const features = {
      subgroup: subgroups.inUse ? subgroups.size : undefined,
      matrices,
      onNote: (note: string) => this.notes.push(note),
    };
    this.adapter = describeAdapter(info);
    this.budget = new SubmitBudget(this.adapter, longestSubmit, now);
    this.target = tileTarget(this.adapter.vendor);
    this.pipelines = new PipelineCache(gpu, now, features, (answer) => this.settled(answer));
    // What a call of ours does wrong reaches that call by its error scopes. This is anything else, on a wrapped device the
    // caller's own mistakes too: reported, and no reason to refuse others' work.
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
  static wrap(gpu: GPUDevice, options: Pick<DeviceOptions, 'longestSubmit' | 'now' | 'onError'> = {}): Device {
    checkOptions('options of Device.wrap', options, WRAP_OPTIONS);
    if (!hasMethod(gpu, 'createBuffer'))
      throw new ConfigError('device', kindOf(gpu), 'must be a GPUDevice, as from `await adapter.requestDevice()`');
    const { now = Date.now, onError, longestSubmit } = options;
    return new Device(undefined, gpu, gpu.adapterInfo, now, onError, false, longestSubmit);
  }

  /**
   * A device of its own. One that is lost while it is opened, or an answer that does not come in time, is tried again.
   * @throws NoGpuError when there is no WebGPU, no adapter or no device; its `reason` says which
   */
  static async open(gpu: GPU | undefined, options: DeviceOptions = {}): Promise<Device> {
    checkOptions<DeviceOptions>('options of Device.open', options, DEVICE_OPTIONS);
    if (gpu === undefined || gpu === null) throw new NoGpuError('WebGPU is not available here');
    if (!hasMethod(gpu, 'requestAdapter')) throw new ConfigError('gpu', kindOf(gpu), 'must be a GPU, as navigator.gpu');
    const { device, adapter, subgroups } = await retried((attempt) => openOnce(gpu, options, attempt > 1), options);
    const shaders = options.experimental?.subgroupMatrix;
    return new Device(
      gpu,
      device,
      adapter.info,
      options.now ?? Date.now,
      options.onError,
      true,
      options.longestSubmit,
      subgroups,
      shaders && { shaders, use: shaders.use(device, adapter.info) },
    );
  }

  /** What decides how much fits: the GPU device's limits, and what the system allows a page. */
  get limits(): DeviceLimits {
    const { maxBufferSize, maxStorageBufferBindingSize, maxComputeWorkgroupsPerDimension } = this.gpu.limits;
    const pageMemory = pageMemoryHere(maxBufferSize);
    return { maxBufferSize, maxStorageBufferBindingSize, maxComputeWorkgroupsPerDimension, pageMemory };
  }

  /**
   * What the default tiles of plans are chosen for.
   * @internal
   */
  get tileTarget(): TileTarget {
    return this.target;
  }

  /**
   * Whether a plan may do with smaller tiles than those that `error` is about: a pipeline that the GPU refused although its
   * shader is valid. The limit on threads that a Metal pipeline has depends on its registers, and may be below WebGPU's.
   * From here on every plan on the device has tiles of fewer threads.
   * @internal
   */
  fallBack({ refusedThreads = 0, message }: GpuError): boolean {
    // Powers of two, so that reductions over a workgroup keep their shape.
    const threads = 2 ** (Math.ceil(Math.log2(refusedThreads)) - 1);
    if (threads < FEWEST_THREADS) return false;
    if (threads < this.target.threads) {
      this.target = { ...this.target, threads };
      this.notes.push(`tiles of at most ${threads} threads are used: ${message}`);
    }
    return true;
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
      answer.then(resolve, async (error) => reject((await this.lossSoon()) ?? error)).then(done);
    });
  }

  /** The same of an answer that comes when the GPU has done what was submitted. */
  done<T>(answer: Promise<T>): Promise<T> {
    const settled = this.settled(answer);
    return IN_FIREFOX ? polled(this.gpu.queue, settled) : settled;
  }

  /** Why the device is gone, if that is why it refused something just now. */
  private async lossSoon(): Promise<DeviceLostError | DisposedError | undefined> {
    if (!this.gone) await Promise.race([this.gpu.lost, pause(LOSS_TOLD_WITHIN)]);
    return this.gone;
  }

  /**
   * Runs `make` inside error scopes. `accepted` says later what the GPU makes of it: a GpuError in its own words where it is
   * not valid or memory runs out. Nothing has to wait for it, but somebody has to ask.
   * @throws what `make` throws; DeviceLostError, DisposedError
   */
  scoped<T>(
    what: string,
    make: () => T,
  ): {
    /** What `make` returned. */
    readonly value: T;
    /** Resolves when the GPU has accepted it. */
    readonly accepted: Promise<void>;
  } {
    this.assertAlive();
    this.gpu.pushErrorScope('out-of-memory');
    this.gpu.pushErrorScope('validation');
    let scopes: Promise<readonly (GPUError | null)[]> | undefined;
    const pop = () => Promise.all([this.gpu.popErrorScope(), this.gpu.popErrorScope()]);
    try {
      const value = make();
      scopes = pop();
      const accepted = this.settled(scopes.then((errors) => refuse(what, errors)));
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
   * Tells the device's owner of an error that belongs to no call; one of a device that is gone has been told.
   * @internal
   */
  report(error: unknown): void {
    if (!this.gone) this.onError?.(error instanceof GpuError ? error : new GpuError(String(error), { cause: error }));
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

  /** Calls `destroy`. */
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
  if (full) throw new GpuError(`${what}: the GPU is out of memory: ${full.message}`, { outOfMemory: true });
  if (invalid) throw new GpuError(`${what}: ${invalid.message}`);
}

async function openOnce(gpu: GPU, options: DeviceOptions, again: boolean) {
  const { defaultLimits = false, subgroups = false, features = [] } = options;
  const matrix = options.experimental?.subgroupMatrix !== undefined;
  const adapter = await requestAdapter(gpu, options, again);
  const wanted: readonly GPUFeatureName[] = [
    ...features,
    ...(subgroups ? (['subgroups'] as const) : []),
    ...(matrix ? MATRIX_FEATURES : []),
  ];
  const requiredFeatures = [...new Set(wanted)].filter((feature) => adapter.features.has(feature));
  const raised = Object.fromEntries(RAISED_LIMITS.map((name) => [name, adapter.limits[name]]));
  if (matrix)
    raised.maxComputeWorkgroupStorageSize = Math.min(
      MATRIX_WORKGROUP_BYTES,
      adapter.limits.maxComputeWorkgroupStorageSize,
    );
  const requiredLimits = defaultLimits ? {} : raised;
  const descriptor = { label: 'densenet', requiredFeatures, requiredLimits };
  const { device, prepared } = await requestDevice(adapter, descriptor, options, (made) =>
    subgroupUse(made, adapter, subgroups),
  );
  return { device, adapter, subgroups: prepared };
}

async function subgroupUse(device: GPUDevice, { info }: GPUAdapter, asked: boolean): Promise<SubgroupUse | undefined> {
  if (!asked) return undefined;
  if (!device.features.has('subgroups')) return { inUse: false, why: 'the adapter has no subgroups' };
  return probeSubgroups(device, info.subgroupMinSize);
}
