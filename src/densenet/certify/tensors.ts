// A certificate's tensors, by a golden file's names: what the GPU has computed, what a reference network has, and how far apart they are.

import type { Region } from '../../runtime/program.ts';
import { finite, groupOf, TIMES_FLOAT32 } from '../golden/compare.ts';
import type { DenseNet } from '../model.ts';
import type { Network } from '../network.ts';
import type { TrainingRegions } from '../plan/training.ts';
import { byParameter, toStateDict } from '../state-dict.ts';
import type { CertifiedGroup } from './certificate.ts';
import type { ReferenceNetwork } from './reference-network.ts';
import { UNIT_ROUNDOFF } from './rounding.ts';
import type { TracedPlan } from './traced-plan.ts';

/** A tensor of few numbers may be hit by chance less than others of its kind: at least this share of their median counts. */
const SHARE_OF_MEDIAN = 1 / 3;

export interface HeldTensor {
  readonly name: string;
  readonly got: ArrayLike<number>;
  readonly error: number;
  readonly allowed: number;
}

export const floatsAt = ({ memory }: TracedPlan, region: Region): Float32Array<ArrayBuffer> =>
  new Float32Array(memory.at(region).slice().buffer);

/** What the GPU has computed, by a golden file's names. */
export function gpuTensors(
  { network }: DenseNet,
  scope: { requiresGradient(parameter: Network['parameters'][number]): boolean },
  io: TrainingRegions,
  traced: TracedPlan,
): Map<string, ArrayLike<number>> {
  const got = new Map<string, ArrayLike<number>>();
  got.set('train.logits', floatsAt(traced, io.logits));
  got.set('train.loss', floatsAt(traced, io.loss).slice(0, 1));
  if (io.inputGradient) got.set('grad.input', floatsAt(traced, io.inputGradient));
  const wanted = new Set(network.parameters.filter((p) => scope.requiresGradient(p)).map(({ name }) => name));
  for (const [name, { values }] of byParameter(io.part, floatsAt(traced, io.gradients)))
    if (wanted.has(name)) got.set(`grad.${name}`, values);
  const arenas = { parameters: new Float32Array(network.arena.parameters), running: traced.running };
  for (const [name, { values }] of toStateDict(network, arenas))
    if (/running_(mean|var)$/.test(name)) got.set(`running.${name}`, values);
  return got;
}

/** What a reference network has computed, by the same names. */
export function tensorsOf(
  { config }: Network,
  images: number,
  reference: ReferenceNetwork,
  { loss, gradients }: { loss: number; gradients: ReadonlyMap<string, Float64Array> },
): Map<string, Float64Array> {
  const tensors = new Map([
    ['train.logits', reference.logits],
    ['train.loss', Float64Array.of(loss)],
  ]);
  for (const [name, values] of gradients)
    tensors.set(`grad.${name}`, name === 'input' ? imageMajor(values, images, config.inputChannels) : values);
  for (const [name, values] of reference.running()) tensors.set(`running.${name}`, values);
  return tensors;
}

/** [C][N x H x W] to [N][C][H][W]. */
export function imageMajor(values: Float64Array, images: number, channels: number): Float64Array {
  const area = values.length / images / channels;
  return values.map((_, i) => {
    const [n, c, p] = [Math.floor(i / (channels * area)), Math.floor(i / area) % channels, i % area];
    return values[(c * images + n) * area + p] ?? Number.NaN;
  });
}

/** Root mean square of the samples' distances from `exact`. */
export function distance(samples: readonly (ArrayLike<number> | undefined)[], exact: ArrayLike<number>): number {
  const squares = samples.map((sample) => {
    let sum = 0;
    for (let i = 0; i < exact.length; i++) sum += ((sample?.[i] ?? Number.NaN) - (exact[i] ?? Number.NaN)) ** 2;
    return sum;
  });
  return Math.sqrt(squares.reduce((a, b) => a + b, 0) / Math.max(1, squares.length));
}

/**
 * Each tensor's relative L2 error, and ten times float32's.
 * @param floors absolute errors that are float32's at least
 */
export function held(
  got: ReadonlyMap<string, ArrayLike<number>>,
  exact: ReadonlyMap<string, Float64Array>,
  samples: readonly ReadonlyMap<string, Float64Array>[],
  floors: ReadonlyMap<string, number> = new Map(),
): HeldTensor[] {
  const all = [...got].map(([name, values]) => {
    const want = exact.get(name) ?? new Float64Array();
    const size = Math.hypot(...chunkedNorms(want)) + 1e-30;
    const float32 =
      Math.max(
        distance(
          samples.map((s) => s.get(name)),
          want,
        ),
        floors.get(name) ?? 0,
      ) / size;
    const error = values.length === want.length ? distance([values], want) / size : Number.NaN;
    return { name, got: values, error, float32 };
  });
  const median = (group: string) => {
    const errors = all.filter(({ name }) => groupOf(name) === group).map(({ float32 }) => float32);
    return errors.toSorted((a, b) => a - b)[errors.length >> 1] ?? 0;
  };
  const medians = new Map([...new Set(all.map(({ name }) => groupOf(name)))].map((group) => [group, median(group)]));
  return all.map(({ name, got, error, float32 }) => {
    const least = SHARE_OF_MEDIAN * (medians.get(groupOf(name)) ?? 0) + UNIT_ROUNDOFF;
    return { name, got, error, allowed: TIMES_FLOAT32 * Math.max(float32, least) };
  });
}

/** L2 norms of pieces, so that their `hypot` takes few arguments. */
function chunkedNorms(values: Float64Array): number[] {
  const norms: number[] = [];
  for (let i = 0; i < values.length; i += 1 << 16) {
    let sum = 0;
    for (const value of values.subarray(i, i + (1 << 16))) sum += value * value;
    norms.push(Math.sqrt(sum));
  }
  return norms;
}

export const isRight = ({ error, allowed }: HeldTensor): boolean => error <= allowed;

export function groupsOf(tensors: readonly HeldTensor[]): CertifiedGroup[] {
  const names = [...new Set(tensors.map(({ name }) => groupOf(name)))];
  return names.map((group) => {
    const members = tensors.filter(({ name }) => groupOf(name) === group);
    const excess = ({ error, allowed }: HeldTensor) =>
      Number.isNaN(error) ? Number.POSITIVE_INFINITY : error / allowed;
    const worst = members.reduce((a, b) => (excess(b) > excess(a) ? b : a));
    const { name, error, allowed } = worst;
    return {
      group,
      tensors: members.length,
      worst: name,
      error: finite(error),
      allowed,
      passed: members.every(isRight),
    };
  });
}
