// Measures the tiles of recorded passes: by shape class, the one with most arithmetic first, until the budget of GPU time
// is spent. Each tile is held against float64 before it is timed; one that is wrong is struck out.

import type { Device } from '../../runtime/device.ts';
import { WrongResultError } from '../../runtime/errors.ts';
import type { RecordedPass } from '../../runtime/program.ts';
import type { AnyTrial } from '../../shaders/trials/trial.ts';
import { trials as allTrials } from '../../shaders/trials/trials.ts';
import { SPLIT_FACTORS } from '../plan/choices.ts';
import { candidatesOf, prepare, type TileCandidate, Verdicts, withSplits } from './candidates.ts';
import { createPassTimer, measurePass, type PassTimer } from './measure.ts';
import { type ClassPasses, classesOf, classKey } from './shape-class.ts';
import type { Candidate, TunedClass, TunedPoint } from './tuning.ts';

const BUDGET = 3000;

export interface TuneProgress {
  readonly done: number;
  readonly classes: number;
  /** The class under way. */
  readonly shape: string;
  readonly gpuMilliseconds: number;
}

export interface TunedPasses {
  readonly tuned: readonly TunedClass[];
  /** Shape classes that there are. */
  readonly classes: number;
  readonly gpuMilliseconds: number;
  readonly clock: PassTimer['clock'];
  readonly notes: readonly string[];
}

export interface TunePassesOptions {
  /** Milliseconds of GPU time (default: 3000); what is begun is finished. */
  readonly budget?: number | undefined;
  /** Ends it after the class under way. */
  readonly signal?: { readonly aborted: boolean } | undefined;
  readonly onProgress?: ((progress: TuneProgress) => void) | undefined;
  /** Left out: the GPU's own; a test has its own. */
  readonly timer?: PassTimer;
  readonly trials?: ReadonlyMap<string, AnyTrial>;
}

/** Measures the tiles of recorded passes. @throws WrongResultError, GpuError, DeviceLostError */
export async function tunePasses(
  device: Device,
  passes: readonly RecordedPass[],
  { budget = BUDGET, signal, onProgress, timer: given, trials = allTrials }: TunePassesOptions,
): Promise<TunedPasses> {
  const timer = given ?? (await createPassTimer(device));
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
