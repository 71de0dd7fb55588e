// A certificate of what a GPU computes: forward and backward of one batch in training, and forward in evaluation, against float64.
// First pass by pass, each from the GPU's own inputs (`checkPass`); then the network as a whole, recomputed from its layers with the
// signs that the GPU had (`ReferenceNetwork`), so that what is compared is smooth and no error hides behind a flipped ReLU.

import type { Device } from '../../runtime/device.ts';
import { ConfigError } from '../../runtime/errors.ts';
import type { Region } from '../../runtime/program.ts';
import { randomAt } from '../../runtime/random.ts';
import { dropoutMask } from '../../shaders/parts/reference.ts';
import { NO_OP_STEP, STEP_FIELDS } from '../../shaders/parts/step.ts';
import type { DenseNetConfig } from '../config.ts';
import { groupOf } from '../golden/compare.ts';
import { DenseNet } from '../model.ts';
import { macs, type Network } from '../network.ts';
import type { Precision } from '../plan/feature-map.ts';
import { compileInference, compileTraining } from '../plan/plan.ts';
import type { Trainable } from '../plan/scope.ts';
import type { TileConfig } from '../plan/tile-config.ts';
import type { TrainingRegions } from '../plan/training.ts';
import { uniform } from '../runner.ts';
import { type Arenas, byParameter, type StateDict, type StateTensor, toArenas, toStateDict } from '../state-dict.ts';
import type { LossOptions } from '../train/loss-options.ts';
import { type LossKind, lossOptionsWith } from '../train/losses.ts';
import type { ParameterGroups } from '../train/parameter-groups.ts';
import type { Batch } from '../train/trainer-options.ts';
import { type Certificate, type CertifiedGroup, FLIPS_LISTED, type Flip, type Wrong } from './certificate.ts';
import { findFlips, TIMES_FLOAT32 } from './flips.ts';
import { referenceLoss } from './loss.ts';
import { type Masks, ReferenceNetwork, type ReferenceOptions } from './reference-network.ts';
import { EXACT, float32Errors, type Rounding, UNIT_ROUNDOFF } from './rounding.ts';
import { type CertifyControl, type TracedPlan, tracePlan, turns } from './traced-plan.ts';

export type { Certificate, Flip, Wrong } from './certificate.ts';
export type { CertifyControl, CertifyProgress } from './traced-plan.ts';

/** A network, its weights, and a batch: what is computed. */
export interface CertifySubject {
  readonly config: DenseNetConfig;
  readonly state: StateDict;
  /** float32 images. */
  readonly batch: Batch;
  readonly images: number;
  readonly loss: LossKind;
  readonly lossOptions?: LossOptions | undefined;
  readonly labelSmoothing?: number | undefined;
  readonly groups?: ParameterGroups | undefined;
  readonly trainable?: Trainable | undefined;
  readonly precision?: Precision | undefined;
  readonly recompute?: boolean | undefined;
  readonly tileConfig?: TileConfig | undefined;
  /** Of dropout. Default 0. */
  readonly seed?: number | undefined;
}

/** What a trainer and an inference have computed of the subject, by a golden file's names: the bits have to be the same. */
export type Computed = ReadonlyMap<string, StateTensor>;

/** Multiply-adds of a batch's forward pass up to which several samples of float32's errors are computed. */
const SMALL = 1e8;
const SAMPLES = 3;
/** A tensor of few numbers may be hit by chance less than others of its kind: at least this share of their median counts. */
const SHARE_OF_MEDIAN = 1 / 3;

/**
 * Computes a batch on the GPU, pass by pass, and in float64.
 * @throws ConfigError for images of bytes, or a configuration that cannot be; LimitError, GpuError, DeviceLostError; the reason of
 * `control.signal` where it was aborted
 */
export async function certify(
  device: Device,
  subject: CertifySubject,
  computed: Computed = new Map(),
  control: CertifyControl = {},
): Promise<Certificate> {
  const { config, state, batch } = subject;
  if (!(batch.images instanceof Float32Array))
    throw new ConfigError('images', batch.images.constructor.name, 'must be a Float32Array to be certified');
  const given: Given = { ...subject, pixels: batch.images };
  const model = await DenseNet.create(device, config, { state });
  try {
    const inference = await certifyInference(model, given, control);
    if (inference.wrong) return certificateOf([inference], computed);
    return certificateOf([inference, await certifyTraining(model, given, control)], computed);
  } finally {
    model.destroy();
  }
}

type Given = CertifySubject & { readonly pixels: Float32Array<ArrayBuffer> };

/** A plan that was held against float64. */
interface Held {
  readonly traced: TracedPlan;
  readonly wrong: Wrong | undefined;
  readonly flips: readonly Flip[];
  readonly of: number;
  readonly tensors: readonly HeldTensor[];
}

interface HeldTensor {
  readonly name: string;
  readonly got: ArrayLike<number>;
  readonly error: number;
  readonly allowed: number;
}

const unfinished = (traced: TracedPlan): Held => ({ traced, wrong: traced.wrong, flips: [], of: 0, tensors: [] });

async function certifyInference(model: DenseNet, given: Given, control: CertifyControl): Promise<Held> {
  const { images, precision = 'f32', tileConfig } = given;
  const plan = compileInference(model.network, images, model.limits, { precision, tileConfig });
  const inputs = new Map<Region, ArrayBufferView<ArrayBuffer>>([[plan.io.input, given.pixels]]);
  const traced = await tracePlan(model, plan, 'inference', ['load', 'forward'], inputs, control);
  if (traced.wrong) return unfinished(traced);
  const common = referenceOptions(model.network, given, () => true);
  const rest = turns(model.device.now, control.signal);
  const networks: ReferenceNetwork[] = [];
  const roundings = [EXACT, ...samplesOf(model.network, images)];
  for (const rounding of roundings) {
    const network = new ReferenceNetwork({ ...common, rounding });
    await network.forward(given.pixels, rest);
    networks.push(network);
    control.onProgress?.({ stage: 'float64', plan: 'inference', done: networks.length, of: roundings.length });
  }
  const [exact, ...noisy] = networks.map((network) => new Map([['eval.logits', network.logits]]));
  const got = new Map([['eval.logits', floatsAt(traced, plan.io.logits)]]);
  return { traced, wrong: undefined, flips: [], of: 0, tensors: held(got, exact ?? new Map(), noisy) };
}

async function certifyTraining(model: DenseNet, given: Given, control: CertifyControl): Promise<Held> {
  const { network, device } = model;
  const { images, batch, loss, lossOptions, labelSmoothing = 0, groups, trainable = 'all', seed = 0 } = given;
  const { precision = 'f32', recompute = false, tileConfig } = given;
  const options = { loss, lossOptions, groups, trainable, precision, recompute, tileConfig } as const;
  const plan = compileTraining(network, images, { ...options, inputGradient: trainable === 'all' }, model.limits);
  const { io, builder } = plan;
  const { focalGamma = 0, focalAlpha = -1 } = lossOptionsWith(loss, lossOptions);
  const own = { seed: randomAt(seed, 0, 0), label_smoothing: labelSmoothing };
  const step = { ...NO_OP_STEP, ...own, focal_gamma: focalGamma, focal_alpha: focalAlpha };
  const inputs = new Map<Region, ArrayBufferView<ArrayBuffer>>([
    [io.input, given.pixels],
    [io.labels, batch.labels],
    [io.step, uniform(STEP_FIELDS, step)],
  ]);
  const sections = ['load', 'pack', 'forward', 'backward', 'commit'];
  const traced = await tracePlan(model, plan, 'training', sections, inputs, control);
  if (traced.wrong) return unfinished(traced);
  const { masks } = traced;
  const isEvalMode: ReferenceOptions['isEvalMode'] = (layer) => builder.scope.isEvalMode(layer);
  const common = {
    ...referenceOptions(network, given, isEvalMode),
    dropout: (conv: Parameters<typeof builder.dropout>[0]) => {
      const { stream, dropout } = builder.dropout(conv);
      return dropout ? dropoutMask({ stream, dropout }, own.seed) : undefined;
    },
  };
  const rest = turns(device.now, control.signal);
  const compute = async (rounding: Rounding, masks?: Masks) => {
    const reference = new ReferenceNetwork({ ...common, rounding, masks });
    await reference.forward(given.pixels, rest);
    return reference;
  };
  const backward = async (reference: ReferenceNetwork, rounding: Rounding) => {
    const found = referenceLoss(network.config, given, batch.labels, reference.logits, rounding);
    const gradients = await reference.backward(found.dlogits, io.part, rest);
    return { ...found, gradients };
  };
  const roundings = samplesOf(network, images);
  const of = roundings.length + 2;
  const progress = (done: number) => control.onProgress?.({ stage: 'float64', plan: 'training', done, of });
  const pure = await compute(EXACT);
  progress(1);
  const noisy: ReferenceNetwork[] = [];
  const samples: ReadonlyMap<string, Float64Array>[] = [];
  for (const rounding of roundings) {
    const reference = await compute(rounding, masks);
    noisy.push(reference);
    samples.push(tensorsOf(network, images, reference, await backward(reference, rounding)));
    progress(1 + noisy.length);
  }
  const norms = [...masks.norms].filter((norm) => !isEvalMode(norm));
  const { flips, of: compared } = findFlips(network, norms, pure, noisy, masks);
  const masked = flips.length === 0 ? pure : await compute(EXACT, masks);
  const found = await backward(masked, EXACT);
  progress(of);
  const exact = tensorsOf(network, images, masked, found);
  // The loss is one number, which errors of the logits may leave alone by chance: all of them in the direction of its gradient.
  const slope = Math.hypot(...found.dlogits);
  const floors = new Map([
    [
      'train.loss',
      slope *
        distance(
          samples.map((s) => s.get('train.logits')),
          masked.logits,
        ),
    ],
  ]);
  const tensors = held(gpuTensors(model, builder.scope, io, traced), exact, samples, floors);
  const bad = flips.find(({ value, bound }) => !(Math.abs(value) <= bound));
  return { traced, wrong: bad && { kind: 'flip', flip: bad }, flips, of: compared, tensors };
}

const referenceOptions = (
  network: Network,
  { images, state, precision = 'f32' }: Given,
  isEvalMode: ReferenceOptions['isEvalMode'],
): Omit<ReferenceOptions, 'rounding'> => {
  const arenas: Arenas = toArenas(network, state, {});
  return { network, batch: images, arenas, precision, isEvalMode, dropout: () => undefined };
};

/** Several where that costs little. */
const samplesOf = (network: Network, images: number): Rounding[] =>
  Array.from({ length: macs(network) * images < SMALL ? SAMPLES : 1 }, (_, i) => float32Errors(i + 1));

const floatsAt = ({ memory }: TracedPlan, region: Region): Float32Array<ArrayBuffer> =>
  new Float32Array(memory.at(region).slice().buffer);

/** What the GPU has computed, by a golden file's names. */
function gpuTensors(
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
function tensorsOf(
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
function imageMajor(values: Float64Array, images: number, channels: number): Float64Array {
  const area = values.length / images / channels;
  return values.map((_, i) => {
    const [n, c, p] = [Math.floor(i / (channels * area)), Math.floor(i / area) % channels, i % area];
    return values[(c * images + n) * area + p] ?? Number.NaN;
  });
}

/** Root mean square of the samples' distances from `exact`. */
function distance(samples: readonly (ArrayLike<number> | undefined)[], exact: ArrayLike<number>): number {
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
function held(
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

function certificateOf(plans: readonly Held[], computed: Computed): Certificate {
  const flips = plans.flatMap((plan) => plan.flips);
  const tensors = plans.flatMap((plan) => plan.tensors);
  const wrong = plans.map((plan) => plan.wrong).find((found) => found !== undefined) ?? wrongTensor(tensors, computed);
  return {
    verdict: wrong ? 'wrong' : flips.length > 0 ? 'exact with flips' : 'exact',
    wrong,
    flipped: flips.length,
    of: plans.reduce((sum, plan) => sum + plan.of, 0),
    flips: flips.slice(0, FLIPS_LISTED),
    groups: groupsOf(tensors),
    passes: plans.reduce((sum, { traced }) => sum + traced.checked, 0),
    worstPass: plans.map(({ traced }) => traced.worst).reduce((a, b) => (b.times > a.times ? b : a)),
    unchecked: [...new Set(plans.flatMap(({ traced }) => [...traced.unchecked]))],
  };
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
const isRight = ({ error, allowed }: HeldTensor): boolean => error <= allowed;

function wrongTensor(tensors: readonly HeldTensor[], computed: Computed): Wrong | undefined {
  const bad = tensors.find((tensor) => !isRight(tensor));
  if (bad) return { kind: 'tensor', name: bad.name, error: finite(bad.error), allowed: bad.allowed };
  for (const { name, got } of tensors) {
    const values = computed.get(name)?.values;
    if (values && !values.every((value, i) => Object.is(value, got[i]))) return { kind: 'bits', name };
  }
  return undefined;
}

function groupsOf(tensors: readonly HeldTensor[]): CertifiedGroup[] {
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
