// Measures the candidates of recorded passes: by shape class, the one with most arithmetic first, until the budget of GPU time
// is spent. Every candidate of a pass is compiled and checked against float64 before any is timed; one that does not compile
// or computes something wrong is rejected. The accepted ones are passes of one program over the same buffers, whose contents
// do not matter as long as they are neither NaN nor denormal. The demo page is built without this file (demo/build).

import type { Device } from '../../runtime/device.ts';
import { GpuError, WrongResultError } from '../../runtime/errors.ts';
import { Executable } from '../../runtime/executable.ts';
import { float16Bits } from '../../runtime/float16.ts';
import {
  type AnyKernel,
  bindingBytes,
  fieldBytes,
  isStorage,
  type Parameters,
  type ShaderKind,
  writeFields,
} from '../../runtime/kernel.ts';
import { Program, type RecordedPass, type Region } from '../../runtime/program.ts';
import { createRandom } from '../../runtime/random.ts';
import { type Compiled, runKernel } from '../../runtime/run-kernel.ts';
import { specialize } from '../../runtime/specialize.ts';
import { COPY_DST, COPY_SRC } from '../../runtime/usage.ts';
import { checkTile } from '../../shaders/check-kernel.ts';
import { kernelChecks } from '../../shaders/kernel-checks.ts';
import { NO_OP_STEP, STEP_FIELDS } from '../../shaders/parts/step.ts';
import { SPLIT_FACTORS, type TileChoice } from '../plan/tile-config.ts';
import type { AutotunedClass, AutotunedPoint, MeasuredCandidate } from './cache.ts';
import {
  type Candidate,
  type CandidateTarget,
  type ClassPasses,
  candidatesOf,
  classesOf,
  classKey,
  withSplitK,
} from './candidates.ts';
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
  const classes = classesOf(passes, targetOf(device));
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
    const tiles = candidatesOf(pass, this.device.adapter.vendor, targetOf(this.device));
    const measured = await this.measure(pass, tiles, Number.POSITIVE_INFINITY);
    const fastest = measured.reduce<MeasuredCandidate | undefined>(faster, undefined);
    const from = tiles.find(({ tile, subgroups }) => tile === fastest?.tile && subgroups === fastest.subgroups);
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
      for (const [index, candidate] of accepted.entries()) {
        if (index > 0 && this.spent >= this.budget) break;
        const limits = { least: this.timer.least, best, budget: this.budget - this.spent };
        const time = (repeats: number) => this.timer.time(run, index, repeats);
        const { milliseconds, spent } = await measurePass(time, limits);
        this.spent += spent;
        best = Math.min(best, milliseconds);
        found.push({ ...choiceOf(candidate), milliseconds });
      }
    } finally {
      run.destroy();
    }
    this.device.assertAlive();
    const without = rejected.map(({ candidate, problem }): MeasuredCandidate => {
      return { ...choiceOf(candidate), milliseconds: null, problem };
    });
    return [...found, ...without];
  }
}

/** What a device allows candidates. */
export const targetOf = (device: Device): CandidateTarget => ({
  tiles: device.tileTarget,
  subgroups: device.subgroups.inUse,
});

const choiceOf = ({ tile, splitK, subgroups }: Candidate): TileChoice => ({
  tile,
  splitK,
  ...(subgroups && { subgroups }),
});

const shaderOf = ({ shader }: RecordedPass, { subgroups }: Candidate): ShaderKind => (subgroups ? 'subgroups' : shader);

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
  of(pass: RecordedPass, candidate: Candidate): Promise<Fault | undefined> {
    const { kernel, packedF16 } = pass;
    const shader = shaderOf(pass, candidate);
    const key = `${shader} ${specialize(kernel, candidate.parameters, [], packedF16).text}`;
    const known = this.known.get(key);
    if (known) return known;
    const made = this.check(pass, candidate, shader);
    this.known.set(key, made);
    return made;
  }

  private async check(
    { kernel, packedF16 }: RecordedPass,
    { size, parameters }: Candidate,
    shader: ShaderKind,
  ): Promise<Fault | undefined> {
    let compiled: Compiled;
    try {
      compiled = await this.device.pipelines.get(kernel, parameters, [], packedF16, true, shader);
    } catch (error) {
      this.device.assertAlive();
      return { problem: error instanceof Error ? error.message : String(error), error };
    }
    const problem = await this.problemOf(compiled, { kernel, packedF16 }, { size, parameters }, shader);
    return problem === undefined ? undefined : { problem };
  }

  private async problemOf(
    compiled: Compiled,
    { kernel, packedF16 }: Pick<RecordedPass, 'kernel' | 'packedF16'>,
    { size, parameters }: Pick<Candidate, 'size' | 'parameters'>,
    shader: ShaderKind,
  ): Promise<string | undefined> {
    if (shader === 'subgroups') return this.difference(kernel, size, parameters, compiled);
    // Those with subgroup matrices were checked when they were made; what they cannot do is a portable shader.
    const isPortable =
      shader !== 'matrix' || compiled === (await this.device.pipelines.get(kernel, parameters, [], packedF16));
    const check = isPortable ? kernelChecks.get(kernel.id) : undefined;
    return check && checkTile(this.device, { ...check, kernel }, size, parameters, packedF16);
  }

  /** Sums by subgroup operations are the very sums: the first word of what either writes that differs, of the same inputs. */
  private async difference(
    kernel: AnyKernel,
    size: unknown,
    parameters: Parameters,
    compiled: Compiled,
  ): Promise<string | undefined> {
    const portable = await this.device.pipelines.get(kernel, parameters, []);
    const random = createRandom(1);
    const contents = new Map<string, Uint32Array<ArrayBuffer>>();
    for (const [name, binding] of Object.entries(kernel.bindings)) {
      if (binding.kind === 'shape') continue;
      const bytes = isStorage(binding) ? bindingBytes(binding, size, parameters) : fieldBytes(binding.fields);
      if (bytes === 0) continue;
      const values = Float32Array.from({ length: Math.ceil(bytes / 16) * 4 }, () => random.uint32() / 2 ** 31 - 1);
      if (name === 'step') writeFields(STEP_FIELDS, NO_OP_STEP, new DataView(values.buffer));
      contents.set(name, new Uint32Array(values.buffer));
    }
    const run = (pipeline: Compiled) => runKernel(this.device, pipeline, { kernel, size, parameters, contents });
    const [expected, got] = [await run(portable), await run(compiled)];
    for (const [name, bytes] of expected) {
      const own = got.get(name) ?? new Uint8Array();
      const at = bytes.findIndex((byte, i) => byte !== own[i]);
      if (at >= 0) return `${name} differs at byte ${at} by subgroup operations`;
    }
    return undefined;
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
function record(pass: RecordedPass, candidates: readonly Candidate[]) {
  const { kernel, packedF16 } = pass;
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
  for (const candidate of candidates) {
    const { size, parameters } = candidate;
    program.pass(kernel, size, bindings, { parameters, shader: shaderOf(pass, candidate) });
  }
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
