// Autotuning: which of each kernel's candidate tiles is fastest on this GPU (search.ts measures), with a cache of what was
// found. It runs only when it is called. The result is a tile configuration that plans are compiled with; it changes no
// result beyond rounding.

import { Device } from '../../runtime/device.ts';
import { ConfigError } from '../../runtime/errors.ts';
import {
  aFunction,
  anObject,
  atLeast,
  BATCH,
  checkInstance,
  checkOptions,
  flag,
  must,
  oneOf,
  type Rules,
  required,
} from '../../runtime/options.ts';
import type { RecordedPass } from '../../runtime/program.ts';
import type { Network } from '../network.ts';
import { checkPrecision } from '../plan/device-precision.ts';
import { PRECISIONS, type Precision } from '../plan/feature-map.ts';
import { compileInference, compileTraining } from '../plan/plan.ts';
import { DEFAULT_TILES, type TileConfig, tilesOn } from '../plan/tile-config.ts';
import { LOSS_KINDS, type LossKind } from '../train/losses.ts';
import { OPTIMIZER_KINDS, type OptimizerKind } from '../train/optimizers.ts';
import {
  type AutotuneCache,
  type AutotuneRecord,
  autotuneCacheKey,
  mergeAutotuneRecords,
  parseAutotuneRecord,
  tileConfigOf,
} from './cache.ts';
import type { PassTimer } from './measure.ts';
import { type AutotuneProgress, autotunePasses } from './search.ts';

/** `off`: the defaults. `cached`: the cached record, else the defaults. `full`: measure, and add to the cache. */
export type AutotuneMode = 'off' | 'cached' | 'full';

/** A plan to find tiles for. */
export interface AutotuneWorkload {
  /** Kind of plan. */
  readonly plan: 'training' | 'inference';
  /** Images per step or run. */
  readonly batch: number;
  /** Default 'cross-entropy'. */
  readonly loss?: LossKind;
  /** Default 'sgd'. */
  readonly optimizer?: OptimizerKind;
  /** Default false. */
  readonly recompute?: boolean;
}

/** What to measure, for how long, and where to cache it. */
export interface AutotuneOptions {
  /** Whether to measure, or to use what is cached. */
  readonly mode: AutotuneMode;
  /** At least one with `full`; ignored with `off` and `cached`. */
  readonly workloads: readonly AutotuneWorkload[];
  /** How their features are stored (default: 'f32'). A record is for one precision, and for plans of that precision. */
  readonly precision?: Precision | undefined;
  /** Where records are cached; left out: nowhere. */
  readonly cache?: AutotuneCache | undefined;
  /** The user agent or driver version, where the adapter does not tell it: part of the cache key. */
  readonly userAgent?: string;
  /** Milliseconds of GPU time that measuring may take (default: 3000). A measurement under way is finished. */
  readonly budget?: number;
  /** Ends the search after the class under way; what was measured counts. */
  readonly signal?:
    | {
        /** An AbortSignal's. */
        readonly aborted: boolean;
      }
    | undefined;
  /** Called before each shape class is measured. */
  readonly onProgress?: ((progress: AutotuneProgress) => void) | undefined;
}

const WORKLOAD = {
  plan: required(oneOf('training', 'inference')),
  batch: required(BATCH),
  loss: oneOf(...LOSS_KINDS),
  optimizer: oneOf(...OPTIMIZER_KINDS),
  recompute: flag,
} satisfies Rules<AutotuneWorkload>;

const AUTOTUNE_OPTIONS = {
  mode: required(oneOf('off', 'cached', 'full')),
  workloads: required((field, value) => {
    if (!Array.isArray(value)) throw new ConfigError(field, value, 'must be a list of workloads');
    for (const [i, workload] of value.entries()) checkOptions(`${field}[${i}]`, workload, WORKLOAD);
  }),
  precision: oneOf(...PRECISIONS),
  cache: anObject,
  userAgent: must((value) => typeof value === 'string', 'must be a text, such as navigator.userAgent'),
  budget: atLeast(0),
  signal: anObject,
  onProgress: aFunction,
} satisfies Rules<AutotuneOptions>;

/** The tiles to use, and how they were found. */
export interface AutotuneResult {
  /** For InferenceOptions and TrainerOptions. */
  readonly tileConfig: TileConfig;
  /** All that is known of this GPU, cached and measured. */
  readonly autotuneRecord: AutotuneRecord;
  /** Where `tileConfig` comes from. */
  readonly source: 'defaults' | 'cache' | 'measured';
  /** Of `classes` shape classes of the workloads, how many were measured before the budget or a signal ended it. */
  readonly measured: number;
  /** Shape classes of the workloads. */
  readonly classes: number;
  /** GPU time that measuring took. */
  readonly gpuMilliseconds: number;
  /** What measured: GPU timestamps, or a wall clock; undefined where nothing was measured. */
  readonly clock: PassTimer['clock'] | undefined;
  /** Messages for people: what was ignored, what ended early. */
  readonly notes: readonly string[];
}

/** What to autotune: a model, or a network on a device. */
export interface AutotuneTarget {
  /** The GPU to measure on. */
  readonly device: Device;
  /** The network to measure for. */
  readonly network: Network;
}

/**
 * @throws ConfigError, LimitError for workloads that the device cannot run; WrongResultError where a kernel's default is wrong on this
 * GPU; GpuError, DeviceLostError
 */
export async function autotune({ device, network }: AutotuneTarget, options: AutotuneOptions): Promise<AutotuneResult> {
  checkInstance('device', device, Device, 'Device', 'await Device.open(navigator.gpu)');
  checkOptions<AutotuneOptions>('options of autotune', options, AUTOTUNE_OPTIONS);
  device.assertAlive();
  const { mode, workloads, precision = 'f32', cache, userAgent = '' } = options;
  checkPrecision(device, precision);
  // A record of tiles that multiply by subgroup matrices is of these shaders.
  const kind = precision === 'f16-matrix' ? `${precision} ${device.pipelines.matrixVersion}` : precision;
  const key = autotuneCacheKey(device.gpu.adapterInfo, userAgent, kind);
  const cached = await readCache(mode === 'off' ? undefined : cache, key);
  const base = { measured: 0, classes: 0, gpuMilliseconds: 0, clock: undefined, autotuneRecord: cached.autotuneRecord };
  if (mode === 'off') return { ...base, tileConfig: DEFAULT_TILES, source: 'defaults', notes: [] };
  if (mode === 'cached') {
    const isKnown = cached.autotuneRecord.classes.length > 0;
    const tileConfig = isKnown ? tileConfigOf(cached.autotuneRecord) : DEFAULT_TILES;
    return { ...base, tileConfig, source: isKnown ? 'cache' : 'defaults', notes: cached.notes };
  }
  if (workloads.length === 0) throw new ConfigError('workloads', workloads, 'must be one or more');
  const passes = workloads.flatMap((workload) => passesOf(device, network, workload, precision));
  const found = await autotunePasses(device, passes, options);
  const autotuneRecord = mergeAutotuneRecords(cached.autotuneRecord, found.autotuned);
  const notes = [...cached.notes, ...found.notes];
  try {
    await cache?.write(key, JSON.stringify(autotuneRecord));
  } catch (error) {
    notes.push(`the autotune record could not be cached: ${error instanceof Error ? error.message : error}`);
  }
  return {
    ...found,
    tileConfig: tileConfigOf(autotuneRecord),
    autotuneRecord,
    source: 'measured',
    measured: found.autotuned.length,
    notes,
  };
}

async function readCache(
  cache: AutotuneCache | undefined,
  key: string,
): Promise<{ autotuneRecord: AutotuneRecord; notes: string[] }> {
  let text: string | undefined;
  const notes: string[] = [];
  try {
    text = await cache?.read(key);
  } catch (error) {
    notes.push(`the autotune cache could not be read: ${error instanceof Error ? error.message : error}`);
  }
  const { autotuneRecord, problem } = parseAutotuneRecord(text, key);
  if (problem) notes.push(problem);
  return { autotuneRecord, notes };
}

function passesOf(
  device: Device,
  network: Network,
  workload: AutotuneWorkload,
  precision: Precision,
): readonly RecordedPass[] {
  const { plan, batch, loss = 'cross-entropy', optimizer = 'sgd', recompute = false } = workload;
  const { limits } = device;
  const tileConfig = tilesOn(device);
  const { builder } =
    plan === 'inference'
      ? compileInference(network, batch, limits, { precision, tileConfig })
      : compileTraining(network, batch, { loss, optimizer, recompute, precision, tileConfig }, limits);
  return builder.program.passes;
}
