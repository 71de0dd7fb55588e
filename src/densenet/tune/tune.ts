// The tuner: which tile of each kernel's closed list is fastest on this GPU, by shape class, the class with most
// arithmetic first, until the budget of GPU time is spent. It is called, never run by itself; what it finds are choices
// that a plan is then compiled with, and they change no result beyond rounding. A tile that computes something wrong on
// this GPU is struck out.

import type { Device } from '../../runtime/device.ts';
import { ConfigError, WrongResultError } from '../../runtime/errors.ts';
import type { RecordedPass } from '../../runtime/program.ts';
import type { AnyTrial } from '../../shaders/trials/trial.ts';
import { trials as allTrials } from '../../shaders/trials/trials.ts';
import type { Network } from '../network.ts';
import { type Choices, DEFAULT_CHOICES, SPLIT_FACTORS } from '../plan/choices.ts';
import { compileInference, compileTraining } from '../plan/plan.ts';
import type { LossKind, OptimizerKind } from '../plan/training.ts';
import { candidatesOf, prepare, type TileCandidate, Verdicts, withSplits } from './candidates.ts';
import { createPassTimer, measurePass, type PassTimer } from './measure.ts';
import { type ClassPasses, classesOf, classKey } from './shape-class.ts';
import { parseTuning, type TuningStore, tuningKey } from './stored-tuning.ts';
import { type Candidate, choicesOf, mergeTunings, type TunedClass, type TunedPoint, type Tuning } from './tuning.ts';

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

export interface TuneProgress {
  readonly done: number;
  readonly classes: number;
  /** The class under way. */
  readonly shape: string;
  readonly gpuMilliseconds: number;
}

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

export const TUNE_BUDGET = 3000;

/**
 * @throws ConfigError, LimitError for workloads that cannot be; WrongResultError where a kernel's default is wrong on this
 * GPU; GpuError, DeviceLostError
 */
export async function tune({ device, network }: TuneTarget, options: TuneOptions): Promise<Tuned> {
  const { mode, workloads, store, agent = '' } = options;
  const key = tuningKey(device.gpu.adapterInfo, agent);
  const kept = await readKept(mode === 'off' ? undefined : store, key);
  const base = { measured: 0, classes: 0, gpuMilliseconds: 0, clock: undefined, tuning: kept.tuning };
  if (mode === 'off') return { ...base, choices: DEFAULT_CHOICES, source: 'defaults', notes: [] };
  if (mode === 'cached') {
    const known = kept.tuning.classes.length > 0;
    const choices = known ? choicesOf(kept.tuning) : DEFAULT_CHOICES;
    return { ...base, choices, source: known ? 'cache' : 'defaults', notes: kept.notes };
  }
  if (workloads.length === 0) throw new ConfigError('workloads', workloads, 'must be one or more');
  const passes = workloads.flatMap((workload) => passesOf(device, network, workload));
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

function passesOf({ gpu }: Device, network: Network, workload: TuneWorkload): readonly RecordedPass[] {
  const { plan, batch, loss = 'cross-entropy', optimizer = 'sgd', recompute = false } = workload;
  const { builder } =
    plan === 'inference'
      ? compileInference(network, batch, gpu.limits)
      : compileTraining(network, batch, { loss, optimizer, recompute }, gpu.limits);
  return builder.program.passes;
}

/** What `tunePasses` needs besides the passes; a test has its own timer and trials. */
export interface TunePassesOptions extends Pick<TuneOptions, 'budget' | 'signal' | 'onProgress'> {
  readonly timer?: PassTimer;
  readonly trials?: ReadonlyMap<string, AnyTrial>;
}

/** Measures the tiles of recorded passes. @throws WrongResultError, GpuError, DeviceLostError */
export async function tunePasses(
  device: Device,
  passes: readonly RecordedPass[],
  { budget = TUNE_BUDGET, signal, onProgress, timer = createPassTimer(device), trials = allTrials }: TunePassesOptions,
): Promise<Pick<Tuned, 'classes' | 'gpuMilliseconds' | 'clock' | 'notes'> & { readonly tuned: readonly TunedClass[] }> {
  const classes = classesOf(passes);
  const bench = new Bench(device, timer, new Verdicts(device, trials), budget);
  const tuned: TunedClass[] = [];
  try {
    for (const found of classes) {
      if (bench.spent >= budget || signal?.aborted) break;
      const shape = classKey(found.shape);
      onProgress?.({ done: tuned.length, classes: classes.length, shape, gpuMilliseconds: bench.spent });
      tuned.push(await bench.tuneClass(found));
    }
  } finally {
    timer.destroy();
  }
  const notes =
    tuned.length < classes.length
      ? [
          `${tuned.length} of ${classes.length} shape classes were tuned in ${Math.round(bench.spent)} ms of GPU time; the others keep their defaults`,
        ]
      : [];
  return { tuned, classes: classes.length, gpuMilliseconds: bench.spent, clock: timer.clock, notes };
}

class Bench {
  spent = 0;

  constructor(
    private readonly device: Device,
    private readonly timer: PassTimer,
    private readonly verdicts: Verdicts,
    private readonly budget: number,
  ) {}

  async tuneClass({ shape, points }: ClassPasses): Promise<TunedClass> {
    const tuned: TunedPoint[] = [];
    for (const { inputs, pass } of points) {
      if (tuned.length > 0 && this.spent >= this.budget) break;
      tuned.push({ inputs, candidates: await this.tunePoint(pass) });
    }
    return { ...shape, points: tuned };
  }

  /** Tiles first; then the fastest one's sum in other parts. */
  private async tunePoint(pass: RecordedPass): Promise<Candidate[]> {
    const tiles = candidatesOf(pass, this.device.gpu.adapterInfo.vendor);
    const measured = await this.measure(pass, tiles, Number.POSITIVE_INFINITY);
    const fastest = measured.reduce<Candidate | undefined>(faster, undefined);
    const from = tiles.find(({ tiling }) => tiling === fastest?.tiling);
    if (!from || fastest?.milliseconds == null || this.spent >= this.budget) return measured;
    const cut = withSplits(pass, from, SPLIT_FACTORS);
    return cut.length === 0 ? measured : [...measured, ...(await this.measure(pass, cut, fastest.milliseconds))];
  }

  /** The first candidate is measured in any case, the others as long as the budget lasts. */
  private async measure(pass: RecordedPass, candidates: readonly TileCandidate[], known: number): Promise<Candidate[]> {
    const { struck, sound, run } = await prepare(this.device, pass, candidates, this.verdicts);
    const [unsound] = struck;
    if (unsound && unsound.candidate === candidates[0]) {
      run.destroy();
      throw new WrongResultError(pass.kernel.id, unsound.problem);
    }
    const found: Candidate[] = [];
    let best = known;
    try {
      for (const [index, { tiling, splits }] of sound.entries()) {
        if (index > 0 && this.spent >= this.budget) break;
        const limits = { least: this.timer.least, best, budget: this.budget - this.spent };
        const time = (repeats: number) => this.timer.time(run, index, repeats);
        const { milliseconds, spent } = await measurePass(time, limits);
        this.spent += spent;
        best = Math.min(best, milliseconds);
        found.push({ tiling, splits, milliseconds });
      }
    } finally {
      run.destroy();
    }
    this.device.assertAlive();
    const out = struck.map(({ candidate: { tiling, splits }, problem }) => ({
      ...{ tiling, splits, milliseconds: null, problem },
    }));
    return [...found, ...out];
  }
}

const faster = (best: Candidate | undefined, next: Candidate): Candidate | undefined =>
  next.milliseconds !== null && next.milliseconds < (best?.milliseconds ?? Number.POSITIVE_INFINITY) ? next : best;
