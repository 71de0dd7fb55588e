// Measures the tiles of recorded passes: by shape class, the one with most arithmetic first, until the budget of GPU time
// is spent. Each tile is held against float64 before it is timed; one that is wrong is struck out.

import type { Device } from '../../runtime/device.ts';
import { WrongResultError } from '../../runtime/errors.ts';
import type { RecordedPass } from '../../runtime/program.ts';
import type { AnyKernelCheck } from '../../shaders/kernel-check.ts';
import { kernelChecks as allKernelChecks } from '../../shaders/kernel-checks.ts';
import { SPLIT_FACTORS } from '../plan/tile-config.ts';
import type { AutotunedClass, AutotunedPoint, Candidate } from './autotune-record.ts';
import { candidatesOf, KernelChecks, prepare, type TileCandidate, withSplitK } from './candidates.ts';
import { createPassTimer, measurePass, type PassTimer } from './measure.ts';
import { type ClassPasses, classesOf, classKey } from './shape-class.ts';

const BUDGET = 3000;

/** How far measuring has come. */
export interface AutotuneProgress {
  /** Shape classes measured so far. */
  readonly done: number;
  /** Shape classes that there are. */
  readonly classes: number;
  /** The class under way. */
  readonly shape: string;
  /** GPU time spent so far. */
  readonly gpuMilliseconds: number;
}

export interface AutotunedPasses {
  readonly autotuned: readonly AutotunedClass[];
  /** Shape classes that there are. */
  readonly classes: number;
  readonly gpuMilliseconds: number;
  readonly clock: PassTimer['clock'];
  readonly notes: readonly string[];
}

export interface AutotunePassesOptions {
  /** Milliseconds of GPU time (default: 3000); what is begun is finished. */
  readonly budget?: number | undefined;
  /** Ends it after the class under way. */
  readonly signal?: { readonly aborted: boolean } | undefined;
  readonly onProgress?: ((progress: AutotuneProgress) => void) | undefined;
  /** Left out: the GPU's own; a test has its own. */
  readonly timer?: PassTimer;
  readonly kernelChecks?: ReadonlyMap<string, AnyKernelCheck>;
}

/** Measures the tiles of recorded passes. @throws WrongResultError, GpuError, DeviceLostError */
export async function autotunePasses(
  device: Device,
  passes: readonly RecordedPass[],
  { budget = BUDGET, signal, onProgress, timer: given, kernelChecks = allKernelChecks }: AutotunePassesOptions,
): Promise<AutotunedPasses> {
  const timer = given ?? (await createPassTimer(device));
  const classes = classesOf(passes);
  const bench = new Bench(device, timer, new KernelChecks(device, kernelChecks), budget);
  const autotuned: AutotunedClass[] = [];
  try {
    for (const found of classes) {
      if (bench.spent >= budget || signal?.aborted) break;
      const shape = classKey(found.shape);
      onProgress?.({ done: autotuned.length, classes: classes.length, shape, gpuMilliseconds: bench.spent });
      autotuned.push(await bench.autotuneClass(found));
    }
  } finally {
    timer.destroy();
  }
  const notes =
    autotuned.length < classes.length
      ? [
          `${autotuned.length} of ${classes.length} shape classes were tuned in ${Math.round(bench.spent)} ms of GPU time; the others keep their defaults`,
        ]
      : [];
  return { autotuned, classes: classes.length, gpuMilliseconds: bench.spent, clock: timer.clock, notes };
}

class Bench {
  spent = 0;

  constructor(
    private readonly device: Device,
    private readonly timer: PassTimer,
    private readonly verdicts: KernelChecks,
    private readonly budget: number,
  ) {}

  async autotuneClass({ shape, points }: ClassPasses): Promise<AutotunedClass> {
    const autotuned: AutotunedPoint[] = [];
    for (const { inputs, pass } of points) {
      if (autotuned.length > 0 && this.spent >= this.budget) break;
      autotuned.push({ inputs, candidates: await this.autotunePoint(pass) });
    }
    return { ...shape, points: autotuned };
  }

  /** Tiles first; then the fastest one's sum in other parts. */
  private async autotunePoint(pass: RecordedPass): Promise<Candidate[]> {
    const tiles = candidatesOf(pass, this.device.gpu.adapterInfo.vendor);
    const measured = await this.measure(pass, tiles, Number.POSITIVE_INFINITY);
    const fastest = measured.reduce<Candidate | undefined>(faster, undefined);
    const from = tiles.find(({ tile }) => tile === fastest?.tile);
    if (!from || fastest?.milliseconds == null || this.spent >= this.budget) return measured;
    const cut = withSplitK(pass, from, SPLIT_FACTORS);
    return cut.length === 0 ? measured : [...measured, ...(await this.measure(pass, cut, fastest.milliseconds))];
  }

  /** The first candidate is measured in any case, the others as long as the budget lasts. */
  private async measure(pass: RecordedPass, candidates: readonly TileCandidate[], known: number): Promise<Candidate[]> {
    const { rejected, accepted, run } = await prepare(this.device, pass, candidates, this.verdicts);
    const [firstRejected] = rejected;
    if (firstRejected && firstRejected.candidate === candidates[0]) {
      run.destroy();
      throw new WrongResultError(pass.kernel.id, firstRejected.problem);
    }
    const found: Candidate[] = [];
    let best = known;
    try {
      for (const [index, { tile, splitK }] of accepted.entries()) {
        if (index > 0 && this.spent >= this.budget) break;
        const limits = { least: this.timer.least, best, budget: this.budget - this.spent };
        const time = (repeats: number) => this.timer.time(run, index, repeats);
        const { milliseconds, spent } = await measurePass(time, limits);
        this.spent += spent;
        best = Math.min(best, milliseconds);
        found.push({ tile, splitK, milliseconds });
      }
    } finally {
      run.destroy();
    }
    this.device.assertAlive();
    const out = rejected.map(({ candidate: { tile, splitK }, problem }) => ({
      ...{ tile, splitK, milliseconds: null, problem },
    }));
    return [...found, ...out];
  }
}

const faster = (best: Candidate | undefined, next: Candidate): Candidate | undefined =>
  next.milliseconds !== null && next.milliseconds < (best?.milliseconds ?? Number.POSITIVE_INFINITY) ? next : best;
