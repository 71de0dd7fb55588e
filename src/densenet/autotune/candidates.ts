// The candidates of one pass made ready to be measured: every pipeline compiled at once, what does not compile or computes
// something wrong struck out, the others as passes of one program over the same buffers. What buffers hold does not
// matter, as long as it is neither NaN nor denormal.

import { float16Bits } from '../../data/float16.ts';
import type { Device } from '../../runtime/device.ts';
import { Executable } from '../../runtime/executable.ts';
import { bindingBytes, fieldBytes, isStorage, type Parameters, writeFields } from '../../runtime/kernel.ts';
import { Program, type RecordedPass, type Region } from '../../runtime/program.ts';
import { createRandom } from '../../runtime/random.ts';
import { specialize } from '../../runtime/specialize.ts';
import { COPY_DST, COPY_SRC } from '../../runtime/usage.ts';
import { expectedSeconds, machineOf } from '../../shaders/cost-model.ts';
import type { AnyKernelCheck } from '../../shaders/kernel-check.ts';
import { NO_OP_STEP, STEP_FIELDS } from '../../shaders/parts/step.ts';
import { withTile } from '../plan/convolution.ts';
import type { TileChoice } from '../plan/tile-config.ts';
import { checkTile } from './check-tile.ts';

export interface TileCandidate extends TileChoice {
  readonly size: unknown;
  readonly parameters: Parameters;
}

/** The pass under each of its kernel's tiles: the default first, then by what the cost model expects. */
export function candidatesOf(pass: RecordedPass, vendor: string): TileCandidate[] {
  const { kernel, size, packedF16 } = pass;
  const machine = machineOf(vendor);
  const [first, ...others] = kernel.tileCandidates(size).map((tile) => {
    const made = candidate(pass, { tile: tile.name, splitK: 1 }, tile.parameters);
    return { made, seconds: expectedSeconds(kernel, made.size, made.parameters, tile, machine, packedF16) };
  });
  if (!first) return [];
  return [first, ...others.sort((a, b) => a.seconds - b.seconds)].map(({ made }) => made);
}

/** The same tile with its sum cut otherwise, where that makes a difference. */
export function withSplitK(pass: RecordedPass, from: TileCandidate, factors: readonly number[]): TileCandidate[] {
  const splitKOf = ({ size }: TileCandidate) => (size as { readonly splitK?: number }).splitK;
  const seen = new Set([splitKOf(from)]);
  return factors.flatMap((factor) => {
    if (!pass.kernel.splitK) return [];
    const cut = candidate(pass, { tile: from.tile, splitK: factor }, from.parameters);
    if (seen.has(splitKOf(cut))) return [];
    seen.add(splitKOf(cut));
    return [cut];
  });
}

function candidate(
  { kernel, size, parameters: own }: RecordedPass,
  chosenTile: TileChoice,
  tile: Parameters,
): TileCandidate {
  const parameters = withTile(kernel.id, size, own, tile);
  const splitK = kernel.splitK?.(size, parameters, chosenTile.splitK);
  return { ...chosenTile, parameters, size: splitK === undefined ? size : { ...(size as object), splitK } };
}

/** Verdicts on kernel texts, so that each is tried once however many shapes use it. */
export class KernelChecks {
  private readonly known = new Map<string, Promise<string | undefined>>();

  constructor(
    private readonly device: Device,
    private readonly kernelChecks: ReadonlyMap<string, AnyKernelCheck>,
  ) {}

  /** What is wrong with the candidate on this GPU; undefined: nothing. */
  of({ kernel, packedF16 }: RecordedPass, { size, parameters }: TileCandidate): Promise<string | undefined> {
    const { text } = specialize(kernel, parameters, [], packedF16);
    const known = this.known.get(text);
    if (known) return known;
    const made = this.judge(kernel, size, parameters, packedF16);
    this.known.set(text, made);
    return made;
  }

  private async judge(
    kernel: RecordedPass['kernel'],
    size: unknown,
    parameters: Parameters,
    packedF16: readonly string[],
  ): Promise<string | undefined> {
    try {
      await this.device.pipelines.get(kernel, parameters, [], packedF16);
    } catch (error) {
      this.device.assertAlive();
      return error instanceof Error ? error.message : String(error);
    }
    const kernelCheck = this.kernelChecks.get(kernel.id);
    return kernelCheck && checkTile(this.device, { ...kernelCheck, kernel }, size, parameters, packedF16);
  }
}

export interface ReadyCandidates {
  /** Struck out, with the reason. */
  readonly rejected: readonly { readonly candidate: TileCandidate; readonly problem: string }[];
  /** In the order of `run`'s passes. */
  readonly accepted: readonly TileCandidate[];
  readonly run: Executable;
}

/** @throws GpuError where even the sound candidates' buffers cannot be made, DeviceLostError */
export async function prepare(
  device: Device,
  pass: RecordedPass,
  candidates: readonly TileCandidate[],
  verdicts: KernelChecks,
): Promise<ReadyCandidates> {
  // All at once, so that they compile beside each other.
  const problems = await Promise.all(candidates.map((candidate) => verdicts.of(pass, candidate)));
  const rejected = candidates.flatMap((candidate, i) => {
    const problem = problems[i];
    return problem === undefined ? [] : [{ candidate, problem }];
  });
  const accepted = candidates.filter((_, i) => problems[i] === undefined);
  const { program, regions } = record(pass, accepted);
  const run = await Executable.create(device, program);
  fill(device, run, regions);
  return { rejected, accepted, run };
}

function record({ kernel, packedF16 }: RecordedPass, candidates: readonly TileCandidate[]) {
  const program = new Program();
  const regions = new Map<string, Region>();
  for (const [name, binding] of Object.entries(kernel.bindings)) {
    if (binding.kind === 'shape') continue;
    const storage = isStorage(binding);
    const half = packedF16.includes(name);
    const needs = candidates.map(({ size, parameters }) =>
      storage ? bindingBytes(binding, size, parameters, half) : fieldBytes(binding.fields),
    );
    const bytes = Math.max(0, ...needs);
    if (bytes > 0) regions.set(name, program.buffer(name, bytes, 'persistent', storage ? 'tuning' : 'settings', half));
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
