// The candidates of one pass made ready to be measured: every pipeline compiled at once, what does not compile or computes
// something wrong struck out, the others as passes of one program over the same buffers. What buffers hold does not
// matter, as long as it is neither NaN nor denormal.

import { halfBits } from '../../data/half-bits.ts';
import type { Device } from '../../runtime/device.ts';
import { Executable } from '../../runtime/executable.ts';
import { bindingBytes, fieldBytes, isStorage, type Parameters, writeFields } from '../../runtime/kernel.ts';
import { Program, type RecordedPass, type Region } from '../../runtime/program.ts';
import { createRandom } from '../../runtime/random.ts';
import { specialize } from '../../runtime/specialize.ts';
import { COPY_DST, COPY_SRC } from '../../runtime/usage.ts';
import { expectedSeconds, machineOf } from '../../shaders/cost-model.ts';
import { QUIET_STEP, STEP_FIELDS } from '../../shaders/parts/step.ts';
import type { AnyTrial } from '../../shaders/trials/trial.ts';
import { withTile } from '../plan/blocked-sums.ts';
import type { Choice } from '../plan/choices.ts';
import { tryTile } from './try-tile.ts';

export interface TileCandidate extends Choice {
  readonly size: unknown;
  readonly parameters: Parameters;
}

/** The pass under each of its kernel's tiles: the default first, then by what the cost model expects. */
export function candidatesOf(pass: RecordedPass, vendor: string): TileCandidate[] {
  const { kernel, size, halves } = pass;
  const machine = machineOf(vendor);
  const [first, ...others] = kernel.tilings(size).map((tiling) => {
    const made = candidate(pass, { tiling: tiling.name, splits: 1 }, tiling.parameters);
    return { made, seconds: expectedSeconds(kernel, made.size, made.parameters, tiling, machine, halves) };
  });
  if (!first) return [];
  return [first, ...others.sort((a, b) => a.seconds - b.seconds)].map(({ made }) => made);
}

/** The same tile with its sum cut otherwise, where that makes a difference. */
export function withSplits(pass: RecordedPass, from: TileCandidate, factors: readonly number[]): TileCandidate[] {
  const splitsOf = ({ size }: TileCandidate) => (size as { readonly splits?: number }).splits;
  const seen = new Set([splitsOf(from)]);
  return factors.flatMap((factor) => {
    if (!pass.kernel.splits) return [];
    const cut = candidate(pass, { tiling: from.tiling, splits: factor }, from.parameters);
    if (seen.has(splitsOf(cut))) return [];
    seen.add(splitsOf(cut));
    return [cut];
  });
}

function candidate({ kernel, size, parameters: own }: RecordedPass, choice: Choice, tile: Parameters): TileCandidate {
  const parameters = withTile(kernel.id, size, own, tile);
  const splits = kernel.splits?.(size, parameters, choice.splits);
  return { ...choice, parameters, size: splits === undefined ? size : { ...(size as object), splits } };
}

/** Verdicts on kernel texts, so that each is tried once however many shapes use it. */
export class Verdicts {
  private readonly known = new Map<string, Promise<string | undefined>>();

  constructor(
    private readonly device: Device,
    private readonly trials: ReadonlyMap<string, AnyTrial>,
  ) {}

  /** What is wrong with the candidate on this GPU; undefined: nothing. */
  of({ kernel, halves }: RecordedPass, { size, parameters }: TileCandidate): Promise<string | undefined> {
    const { text } = specialize(kernel, parameters, [], halves);
    const known = this.known.get(text);
    if (known) return known;
    const made = this.judge(kernel, size, parameters, halves);
    this.known.set(text, made);
    return made;
  }

  private async judge(
    kernel: RecordedPass['kernel'],
    size: unknown,
    parameters: Parameters,
    halves: readonly string[],
  ): Promise<string | undefined> {
    try {
      await this.device.pipelines.get(kernel, parameters, [], halves);
    } catch (error) {
      this.device.assertAlive();
      return error instanceof Error ? error.message : String(error);
    }
    const trial = this.trials.get(kernel.id);
    return trial && tryTile(this.device, { ...trial, kernel }, size, parameters, halves);
  }
}

export interface ReadyCandidates {
  /** Struck out, with the reason. */
  readonly struck: readonly { readonly candidate: TileCandidate; readonly problem: string }[];
  /** In the order of `run`'s passes. */
  readonly sound: readonly TileCandidate[];
  readonly run: Executable;
}

/** @throws GpuError where even the sound candidates' buffers cannot be made, DeviceLostError */
export async function prepare(
  device: Device,
  pass: RecordedPass,
  candidates: readonly TileCandidate[],
  verdicts: Verdicts,
): Promise<ReadyCandidates> {
  // All at once, so that they compile beside each other.
  const problems = await Promise.all(candidates.map((candidate) => verdicts.of(pass, candidate)));
  const struck = candidates.flatMap((candidate, i) => {
    const problem = problems[i];
    return problem === undefined ? [] : [{ candidate, problem }];
  });
  const sound = candidates.filter((_, i) => problems[i] === undefined);
  const { program, regions } = record(pass, sound);
  const run = await Executable.create(device, program);
  fill(device, run, regions);
  return { struck, sound, run };
}

function record({ kernel, halves }: RecordedPass, candidates: readonly TileCandidate[]) {
  const program = new Program();
  const regions = new Map<string, Region>();
  for (const [name, binding] of Object.entries(kernel.bindings)) {
    if (binding.kind === 'shape') continue;
    const storage = isStorage(binding);
    const half = halves.includes(name);
    const needs = candidates.map(({ size, parameters }) =>
      storage ? bindingBytes(binding, size, parameters, half) : fieldBytes(binding.fields),
    );
    const bytes = Math.max(0, ...needs);
    if (bytes > 0) regions.set(name, program.buffer(name, bytes, 'kept', storage ? 'tuning' : 'settings', half));
  }
  const bindings = Object.fromEntries(regions);
  for (const { size, parameters } of candidates) program.pass(kernel, size, bindings, { parameters });
  return { program, regions };
}

const BLOCK = 1 << 20;
const COPY_SRC_AND_DST = COPY_SRC | COPY_DST;

/** Random numbers in [-1, 1), a mebibyte of them over and over; a quiet step. */
function fill({ gpu }: Device, run: Executable, regions: ReadonlyMap<string, Region>): void {
  const random = createRandom(1);
  const floats = (count: number) => Float32Array.from({ length: count }, () => random.uint32() / 2 ** 31 - 1);
  const source = (values: Float32Array<ArrayBuffer> | Uint16Array<ArrayBuffer>) => {
    const made = gpu.createBuffer({ label: 'tuning values', size: BLOCK, usage: COPY_SRC_AND_DST });
    gpu.queue.writeBuffer(made, 0, values);
    return made;
  };
  const halves = [...regions.values()].some(({ buffer }) => buffer.halves);
  const sources = {
    floats: source(floats(BLOCK / 4)),
    halves: halves ? source(halfBits(floats(BLOCK / 2))) : undefined,
  };
  const encoder = gpu.createCommandEncoder();
  for (const [name, region] of regions) {
    const { buffer } = run.at(region);
    if (name === 'step') {
      const step = new Float32Array(buffer.size / 4);
      writeFields(STEP_FIELDS, QUIET_STEP, new DataView(step.buffer));
      gpu.queue.writeBuffer(buffer, 0, step);
      continue;
    }
    const from = (region.buffer.halves && sources.halves) || sources.floats;
    for (let at = 0; at < buffer.size; at += BLOCK)
      encoder.copyBufferToBuffer(from, 0, buffer, at, Math.min(BLOCK, buffer.size - at));
  }
  gpu.queue.submit([encoder.finish()]);
  sources.floats.destroy();
  sources.halves?.destroy();
}
