// Measures the tiles of recorded passes: by shape class, the one with most arithmetic first, until the budget of GPU time
// is spent. Every candidate of a pass is compiled and checked against float64 before any is timed; one that does not compile
// or computes something wrong is rejected. The accepted ones are passes of one program over the same buffers, whose contents
// do not matter as long as they are neither NaN nor denormal. The demo page is built without this file (demo/build).

import type { Device } from '../../runtime/device.ts';
import { GpuError, WrongResultError } from '../../runtime/errors.ts';
import { Executable } from '../../runtime/executable.ts';
import { float16Bits } from '../../runtime/float16.ts';
import { bindingBytes, fieldBytes, isStorage, type Parameters, writeFields } from '../../runtime/kernel.ts';
import { Program, type RecordedPass, type Region } from '../../runtime/program.ts';
import { createRandom } from '../../runtime/random.ts';
import { specialize } from '../../runtime/specialize.ts';
import { COPY_DST, COPY_SRC } from '../../runtime/usage.ts';
import { checkTile } from '../../shaders/check-kernel.ts';
import { kernelChecks } from '../../shaders/kernel-checks.ts';
import { NO_OP_STEP, STEP_FIELDS } from '../../shaders/parts/step.ts';
import { SPLIT_FACTORS } from '../plan/tile-config.ts';
import type { AutotunedClass, AutotunedPoint, MeasuredCandidate } from './cache.ts';
import { type Candidate, type ClassPasses, candidatesOf, classesOf, classKey, withSplitK } from './candidates.ts';
import { createPassTimer, measurePass, type PassTimer } from './measure.ts';

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
  /** For tests; left out: the GPU's own. */
  readonly timer?: PassTimer;
}

/** @throws WrongResultError where a kernel's default is wrong on this GPU, GpuError, DeviceLostError */
export async function autotunePasses(
  device: Device,
  passes: readonly RecordedPass[],
  { budget = BUDGET, signal, onProgress, timer: given }: AutotunePassesOptions,
): Promise<AutotunedPasses> {
  const timer = given ?? (await createPassTimer(device));
  const classes = classesOf(passes, device.tileTarget);
  const search = new Search(device, timer, budget);
  const autotuned: AutotunedClass[] = [];
  try {
    for (const found of classes) {
      if (search.spent >= budget || signal?.aborted) break;
      const shape = classKey(found.shape);
      onProgress?.({ done: autotuned.length, classes: classes.length, shape, gpuMilliseconds: search.spent });
      autotuned.push(await search.autotuneClass(found));
    }
  } finally {
    timer.destroy();
  }
  const notes =
    autotuned.length < classes.length
      ? [
          `${autotuned.length} of ${classes.length} shape classes were tuned in ${Math.round(search.spent)} ms of GPU time; the others keep their defaults`,
        ]
      : [];
  return { autotuned, classes: classes.length, gpuMilliseconds: search.spent, clock: timer.clock, notes };
}

class Search {
  /** Milliseconds of GPU time. */
  spent = 0;
  private readonly checks: TileChecks;

  constructor(
    private readonly device: Device,
    private readonly timer: PassTimer,
    private readonly budget: number,
  ) {
    this.checks = new TileChecks(device);
  }

  async autotuneClass({ shape, points }: ClassPasses): Promise<AutotunedClass> {
    const autotuned: AutotunedPoint[] = [];
    for (const { inputs, pass } of points) {
      if (autotuned.length > 0 && this.spent >= this.budget) break;
      autotuned.push({ inputs, candidates: await this.autotunePoint(pass) });
    }
    return { ...shape, points: autotuned };
  }

  /** Tiles first; then the fastest one with its sum split differently. */
  private async autotunePoint(pass: RecordedPass): Promise<MeasuredCandidate[]> {
    const tiles = candidatesOf(pass, this.device.adapter.vendor, this.device.tileTarget);
    const measured = await this.measure(pass, tiles, Number.POSITIVE_INFINITY);
    const fastest = measured.reduce<MeasuredCandidate | undefined>(faster, undefined);
    const from = tiles.find(({ tile }) => tile === fastest?.tile);
    if (!from || fastest?.milliseconds == null || this.spent >= this.budget) return measured;
    const split = withSplitK(pass, from, SPLIT_FACTORS, this.device.tileTarget);
    return split.length === 0 ? measured : [...measured, ...(await this.measure(pass, split, fastest.milliseconds))];
  }

  /** The first candidate is measured in any case, the others as long as the budget lasts. */
  private async measure(
    pass: RecordedPass,
    candidates: readonly Candidate[],
    known: number,
  ): Promise<MeasuredCandidate[]> {
    const { rejected, accepted, run } = await prepare(this.device, pass, candidates, this.checks);
    const wrong = rejected.find(({ candidate }) => candidate === candidates[0]);
    // A default with more threads than the GPU takes is not wrong: plans have smaller ones from now on.
    if (wrong && !(wrong.error instanceof GpuError && this.device.fallBack(wrong.error))) {
      run.destroy();
      throw new WrongResultError(pass.kernel.id, wrong.problem);
    }
    const found: MeasuredCandidate[] = [];
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
    const without = rejected.map(({ candidate: { tile, splitK }, problem }): MeasuredCandidate => {
      return { tile, splitK, milliseconds: null, problem };
    });
    return [...found, ...without];
  }
}

const faster = (best: MeasuredCandidate | undefined, next: MeasuredCandidate): MeasuredCandidate | undefined =>
  next.milliseconds !== null && next.milliseconds < (best?.milliseconds ?? Number.POSITIVE_INFINITY) ? next : best;

/** What is wrong with a candidate; `error`: its pipeline could not be made. */
interface Fault {
  readonly problem: string;
  readonly error?: unknown;
}

/** Checks candidates; each shader once, however many shapes use it. */
export class TileChecks {
  private readonly known = new Map<string, Promise<Fault | undefined>>();

  constructor(private readonly device: Device) {}

  /** What is wrong with the candidate on this GPU; undefined where nothing is. */
  of({ kernel, packedF16 }: RecordedPass, { size, parameters }: Candidate): Promise<Fault | undefined> {
    const { text } = specialize(kernel, parameters, [], packedF16);
    const known = this.known.get(text);
    if (known) return known;
    const made = this.check(kernel, size, parameters, packedF16);
    this.known.set(text, made);
    return made;
  }

  private async check(
    kernel: RecordedPass['kernel'],
    size: unknown,
    parameters: Parameters,
    packedF16: readonly string[],
  ): Promise<Fault | undefined> {
    try {
      await this.device.pipelines.get(kernel, parameters, [], packedF16);
    } catch (error) {
      this.device.assertAlive();
      return { problem: error instanceof Error ? error.message : String(error), error };
    }
    const check = kernelChecks.get(kernel.id);
    const problem = check && (await checkTile(this.device, { ...check, kernel }, size, parameters, packedF16));
    return problem === undefined ? undefined : { problem };
  }
}

export interface ReadyCandidates {
  /** With the reason. */
  readonly rejected: readonly (Fault & { readonly candidate: Candidate })[];
  /** In the order of `run`'s passes. */
  readonly accepted: readonly Candidate[];
  readonly run: Executable;
}

/** @throws GpuError where the accepted candidates' buffers cannot be allocated, DeviceLostError */
export async function prepare(
  device: Device,
  pass: RecordedPass,
  candidates: readonly Candidate[],
  checks: TileChecks,
): Promise<ReadyCandidates> {
  // All at once, so that they compile in parallel.
  const faults = await Promise.all(candidates.map((candidate) => checks.of(pass, candidate)));
  const rejected = candidates.flatMap((candidate, i) => {
    const fault = faults[i];
    return fault === undefined ? [] : [{ candidate, ...fault }];
  });
  const accepted = candidates.filter((_, i) => faults[i] === undefined);
  const { program, regions } = record(pass, accepted);
  const run = await Executable.create(device, program);
  fill(device, run, regions);
  return { rejected, accepted, run };
}

/** One pass per candidate, over buffers that fit them all. */
function record({ kernel, packedF16 }: RecordedPass, candidates: readonly Candidate[]) {
  const program = new Program();
  const regions = new Map<string, Region>();
  for (const [name, binding] of Object.entries(kernel.bindings)) {
    if (binding.kind === 'shape') continue;
    const storage = isStorage(binding);
    const isF16 = packedF16.includes(name);
    const needs = candidates.map(({ size, parameters }) =>
      storage ? bindingBytes(binding, size, parameters, isF16) : fieldBytes(binding.fields),
    );
    const bytes = Math.max(0, ...needs);
    if (bytes > 0)
      regions.set(name, program.buffer(name, bytes, 'persistent', storage ? 'autotune' : 'settings', isF16));
  }
  const bindings = Object.fromEntries(regions);
  for (const { size, parameters } of candidates) program.pass(kernel, size, bindings, { parameters });
  return { program, regions };
}

const BLOCK = 1 << 20;
const COPY_SRC_AND_DST = COPY_SRC | COPY_DST;

/** Random numbers in [-1, 1), a mebibyte of them over and over; a step without effect. */
function fill({ gpu }: Device, run: Executable, regions: ReadonlyMap<string, Region>): void {
  const random = createRandom(1);
  const floats = (count: number) => Float32Array.from({ length: count }, () => random.uint32() / 2 ** 31 - 1);
  const source = (values: Float32Array<ArrayBuffer> | Uint16Array<ArrayBuffer>) => {
    const made = gpu.createBuffer({ label: 'autotune values', size: BLOCK, usage: COPY_SRC_AND_DST });
    gpu.queue.writeBuffer(made, 0, values);
    return made;
  };
  const packedF16 = [...regions.values()].some(({ buffer }) => buffer.packedF16);
  const sources = {
    floats: source(floats(BLOCK / 4)),
    packedF16: packedF16 ? source(float16Bits(floats(BLOCK / 2))) : undefined,
  };
  const encoder = gpu.createCommandEncoder();
  for (const [name, region] of regions) {
    const { buffer } = run.at(region);
    if (name === 'step') {
      const step = new Float32Array(buffer.size / 4);
      writeFields(STEP_FIELDS, NO_OP_STEP, new DataView(step.buffer));
      gpu.queue.writeBuffer(buffer, 0, step);
      continue;
    }
    const from = (region.buffer.packedF16 && sources.packedF16) || sources.floats;
    for (let at = 0; at < buffer.size; at += BLOCK)
      encoder.copyBufferToBuffer(from, 0, buffer, at, Math.min(BLOCK, buffer.size - at));
  }
  gpu.queue.submit([encoder.finish()]);
  sources.floats.destroy();
  sources.packedF16?.destroy();
}
