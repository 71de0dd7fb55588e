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
import { type Choices, DEFAULT_CHOICES } from '../plan/choices.ts';
import { compileInference, compileTraining } from '../plan/plan.ts';
import { PRECISIONS, type Precision } from '../plan/precision.ts';
import { LOSSES, type LossKind, OPTIMIZERS, type OptimizerKind } from '../plan/training.ts';
import type { PassTimer } from './measure.ts';
import { parseTuning, type TuningStore, tuningKey } from './stored-tuning.ts';
import { type TuneProgress, tunePasses } from './tune-passes.ts';
import { choicesOf, mergeTunings, type Tuning } from './tuning.ts';

/** `off`: the defaults. `cached`: what was kept, else the defaults; nothing is measured. `full`: measure, and keep it. */
export type TuneMode = 'off' | 'cached' | 'full';

/** A plan to tune for. */
export interface TuneWorkload {
  readonly plan: 'training' | 'inference';
  readonly batch: number;
  readonly loss?: LossKind;
  readonly optimizer?: OptimizerKind;
  readonly recompute?: boolean;
}

export interface TuneOptions {
  readonly mode: TuneMode;
  /** At least one; with `off` and `cached` they do not matter. */
  readonly workloads: readonly TuneWorkload[];
  /** How their features are stored (default: 'f32'): a tuning is for one precision, and for plans of that. */
  readonly precision?: Precision | undefined;
  /** Where tunings are kept; left out: nowhere. */
  readonly store?: TuningStore | undefined;
  /** The user agent or driver, where the adapter does not tell its version: part of the key. */
  readonly agent?: string;
  /** Milliseconds of GPU time that measuring may take (default: 3000). What is begun is finished. */
  readonly budget?: number;
  /** Ends the measuring after the class under way; what was found stands. */
  readonly signal?: { readonly aborted: boolean } | undefined;
  readonly onProgress?: ((progress: TuneProgress) => void) | undefined;
}

const WORKLOAD = {
  plan: required(oneOf('training', 'inference')),
  batch: required(BATCH),
  loss: oneOf(...LOSSES),
  optimizer: oneOf(...OPTIMIZERS),
  recompute: flag,
} satisfies Rules<TuneWorkload>;

const TUNE_OPTIONS = {
  mode: required(oneOf('off', 'cached', 'full')),
  workloads: required((field, value) => {
    if (!Array.isArray(value)) throw new ConfigError(field, value, 'must be a list of workloads');
    for (const [i, workload] of value.entries()) checkOptions(`${field}[${i}]`, workload, WORKLOAD);
  }),
  precision: oneOf(...PRECISIONS),
  store: anObject,
  agent: must((value) => typeof value === 'string', 'must be a text, such as navigator.userAgent'),
  budget: atLeast(0),
  signal: anObject,
  onProgress: aFunction,
} satisfies Rules<TuneOptions>;

export interface Tuned {
  /** For InferenceOptions and TrainerOptions. */
  readonly choices: Choices;
  /** All that is known of this GPU, kept and measured. */
  readonly tuning: Tuning;
  readonly source: 'defaults' | 'cache' | 'measured';
  /** Of `classes` shape classes of the workloads, how many were measured before the budget or a signal ended it. */
  readonly measured: number;
  readonly classes: number;
  readonly gpuMilliseconds: number;
  readonly clock: PassTimer['clock'] | undefined;
  /** For people: what was ignored, what ended early. */
  readonly notes: readonly string[];
}

/** What is tuned for: a model, or a network on a device. */
export interface TuneTarget {
  readonly device: Device;
  readonly network: Network;
}

/**
 * @throws ConfigError, LimitError for workloads that cannot be; WrongResultError where a kernel's default is wrong on this
 * GPU; GpuError, DeviceLostError
 */
export async function tune({ device, network }: TuneTarget, options: TuneOptions): Promise<Tuned> {
  checkInstance('device', device, Device, 'Device', 'await Device.open(navigator.gpu)');
  checkOptions<TuneOptions>('options of tune', options, TUNE_OPTIONS);
  device.assertAlive();
  const { mode, workloads, precision = 'f32', store, agent = '' } = options;
  const key = tuningKey(device.gpu.adapterInfo, agent, precision);
  const kept = await readKept(mode === 'off' ? undefined : store, key);
  const base = { measured: 0, classes: 0, gpuMilliseconds: 0, clock: undefined, tuning: kept.tuning };
  if (mode === 'off') return { ...base, choices: DEFAULT_CHOICES, source: 'defaults', notes: [] };
  if (mode === 'cached') {
    const known = kept.tuning.classes.length > 0;
    const choices = known ? choicesOf(kept.tuning) : DEFAULT_CHOICES;
    return { ...base, choices, source: known ? 'cache' : 'defaults', notes: kept.notes };
  }
  if (workloads.length === 0) throw new ConfigError('workloads', workloads, 'must be one or more');
  const passes = workloads.flatMap((workload) => passesOf(device, network, workload, precision));
  const found = await tunePasses(device, passes, options);
  const tuning = mergeTunings(kept.tuning, found.tuned);
  const notes = [...kept.notes, ...found.notes];
  try {
    await store?.write(key, JSON.stringify(tuning));
  } catch (error) {
    notes.push(`the tuning could not be kept: ${error instanceof Error ? error.message : error}`);
  }
  return { ...found, choices: choicesOf(tuning), tuning, source: 'measured', measured: found.tuned.length, notes };
}

async function readKept(store: TuningStore | undefined, key: string): Promise<{ tuning: Tuning; notes: string[] }> {
  let text: string | undefined;
  const notes: string[] = [];
  try {
    text = await store?.read(key);
  } catch (error) {
    notes.push(`the kept tuning could not be read: ${error instanceof Error ? error.message : error}`);
  }
  const { tuning, problem } = parseTuning(text, key);
  if (problem) notes.push(problem);
  return { tuning, notes };
}

function passesOf(
  { gpu }: Device,
  network: Network,
  workload: TuneWorkload,
  precision: Precision,
): readonly RecordedPass[] {
  const { plan, batch, loss = 'cross-entropy', optimizer = 'sgd', recompute = false } = workload;
  const { builder } =
    plan === 'inference'
      ? compileInference(network, batch, gpu.limits, { precision })
      : compileTraining(network, batch, { loss, optimizer, recompute, precision }, gpu.limits);
  return builder.program.passes;
}
