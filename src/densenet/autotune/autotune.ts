// The tuner: which tile of each kernel's closed list is fastest on this GPU, by shape class, the class with most
// arithmetic first, until the budget of GPU time is spent. It is called, never run by itself; what it finds are choices
// that a plan is then compiled with, and they change no result beyond rounding. A tile that computes something wrong on
// this GPU is struck out.

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
import { compileInference, compileTraining } from '../plan/plan.ts';
import { PRECISIONS, type Precision } from '../plan/precision.ts';
import { DEFAULT_TILES, type TileConfig } from '../plan/tile-config.ts';
import { LOSSES, type LossKind, OPTIMIZERS, type OptimizerKind } from '../plan/training.ts';
import { type AutotuneProgress, autotunePasses } from './autotune-passes.ts';
import { type AutotuneRecord, mergeAutotuneRecords, tileConfigOf } from './autotune-record.ts';
import { type AutotuneCache, autotuneCacheKey, parseAutotuneRecord } from './cache.ts';
import type { PassTimer } from './measure.ts';

/** `off`: the defaults. `cached`: what was kept, else the defaults; nothing is measured. `full`: measure, and keep it. */
export type AutotuneMode = 'off' | 'cached' | 'full';

/** A plan to tune for. */
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
  /** At least one; with `off` and `cached` they do not matter. */
  readonly workloads: readonly AutotuneWorkload[];
  /** How their features are stored (default: 'f32'): a tuning is for one precision, and for plans of that. */
  readonly precision?: Precision | undefined;
  /** Where tunings are kept; left out: nowhere. */
  readonly store?: AutotuneCache | undefined;
  /** The user agent or driver, where the adapter does not tell its version: part of the key. */
  readonly userAgent?: string;
  /** Milliseconds of GPU time that measuring may take (default: 3000). What is begun is finished. */
  readonly budget?: number;
  /** Ends the measuring after the class under way; what was found stands. */
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
  loss: oneOf(...LOSSES),
  optimizer: oneOf(...OPTIMIZERS),
  recompute: flag,
} satisfies Rules<AutotuneWorkload>;

const AUTOTUNE_OPTIONS = {
  mode: required(oneOf('off', 'cached', 'full')),
  workloads: required((field, value) => {
    if (!Array.isArray(value)) throw new ConfigError(field, value, 'must be a list of workloads');
    for (const [i, workload] of value.entries()) checkOptions(`${field}[${i}]`, workload, WORKLOAD);
  }),
  precision: oneOf(...PRECISIONS),
  store: anObject,
  userAgent: must((value) => typeof value === 'string', 'must be a text, such as navigator.userAgent'),
  budget: atLeast(0),
  signal: anObject,
  onProgress: aFunction,
} satisfies Rules<AutotuneOptions>;

/** The tiles to use, and how they were found. */
export interface AutotuneResult {
  /** For InferenceOptions and TrainerOptions. */
  readonly tileConfig: TileConfig;
  /** All that is known of this GPU, kept and measured. */
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
  /** For people: what was ignored, what ended early. */
  readonly notes: readonly string[];
}

/** What is tuned for: a model, or a network on a device. */
export interface AutotuneTarget {
  /** The GPU to measure on. */
  readonly device: Device;
  /** The network to measure for. */
  readonly network: Network;
}

/**
 * @throws ConfigError, LimitError for workloads that cannot be; WrongResultError where a kernel's default is wrong on this
 * GPU; GpuError, DeviceLostError
 */
export async function autotune({ device, network }: AutotuneTarget, options: AutotuneOptions): Promise<AutotuneResult> {
  checkInstance('device', device, Device, 'Device', 'await Device.open(navigator.gpu)');
  checkOptions<AutotuneOptions>('options of tune', options, AUTOTUNE_OPTIONS);
  device.assertAlive();
  const { mode, workloads, precision = 'f32', store, userAgent = '' } = options;
  const key = autotuneCacheKey(device.gpu.adapterInfo, userAgent, precision);
  const kept = await readKept(mode === 'off' ? undefined : store, key);
  const base = { measured: 0, classes: 0, gpuMilliseconds: 0, clock: undefined, autotuneRecord: kept.autotuneRecord };
  if (mode === 'off') return { ...base, tileConfig: DEFAULT_TILES, source: 'defaults', notes: [] };
  if (mode === 'cached') {
    const known = kept.autotuneRecord.classes.length > 0;
    const tileConfig = known ? tileConfigOf(kept.autotuneRecord) : DEFAULT_TILES;
    return { ...base, tileConfig, source: known ? 'cache' : 'defaults', notes: kept.notes };
  }
  if (workloads.length === 0) throw new ConfigError('workloads', workloads, 'must be one or more');
  const passes = workloads.flatMap((workload) => passesOf(device, network, workload, precision));
  const found = await autotunePasses(device, passes, options);
  const autotuneRecord = mergeAutotuneRecords(kept.autotuneRecord, found.autotuned);
  const notes = [...kept.notes, ...found.notes];
  try {
    await store?.write(key, JSON.stringify(autotuneRecord));
  } catch (error) {
    notes.push(`the tuning could not be kept: ${error instanceof Error ? error.message : error}`);
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

async function readKept(
  store: AutotuneCache | undefined,
  key: string,
): Promise<{ autotuneRecord: AutotuneRecord; notes: string[] }> {
  let text: string | undefined;
  const notes: string[] = [];
  try {
    text = await store?.read(key);
  } catch (error) {
    notes.push(`the kept tuning could not be read: ${error instanceof Error ? error.message : error}`);
  }
  const { autotuneRecord, problem } = parseAutotuneRecord(text, key);
  if (problem) notes.push(problem);
  return { autotuneRecord, notes };
}

function passesOf(
  { gpu }: Device,
  network: Network,
  workload: AutotuneWorkload,
  precision: Precision,
): readonly RecordedPass[] {
  const { plan, batch, loss = 'cross-entropy', optimizer = 'sgd', recompute = false } = workload;
  const { builder } =
    plan === 'inference'
      ? compileInference(network, batch, gpu.limits, { precision })
      : compileTraining(network, batch, { loss, optimizer, recompute, precision }, gpu.limits);
  return builder.program.passes;
}
