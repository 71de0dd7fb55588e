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
import { finite } from '../golden/compare.ts';
import { DenseNet } from '../model.ts';
import { macs, type Network } from '../network.ts';
import type { Precision } from '../plan/feature-map.ts';
import { compileInference, compileTraining } from '../plan/plan.ts';
import type { Trainable } from '../plan/scope.ts';
import { type TileConfig, tilesOn } from '../plan/tile-config.ts';
import { uniform } from '../runner.ts';
import { type Arenas, type StateDict, type StateTensor, toArenas } from '../state-dict.ts';
import type { LossOptions } from '../train/loss-options.ts';
import { type LossKind, lossOptionsWith } from '../train/losses.ts';
import type { ParameterGroups } from '../train/parameter-groups.ts';
import type { Batch } from '../train/trainer-options.ts';
import { type Certificate, FLIPS_LISTED, type Flip, type Wrong } from './certificate.ts';
import { findFlips } from './flips.ts';
import { referenceLoss } from './loss.ts';
import type { Masks, ReferenceOptions } from './reference-layers.ts';
import { ReferenceNetwork } from './reference-network.ts';
import { EXACT, float32Errors, type Rounding } from './rounding.ts';
import { distance, floatsAt, gpuTensors, groupsOf, type HeldTensor, held, isRight, tensorsOf } from './tensors.ts';
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

/**
 * Computes a batch on the GPU, pass by pass, and in float64.
 * @throws ConfigError for images of bytes, for 'f16-matrix', or a configuration that cannot be; LimitError, GpuError, DeviceLostError; the reason of
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
  if (subject.precision === 'f16-matrix')
    throw new ConfigError('precision', subject.precision, "cannot be certified: use 'f32' or 'f16-storage'");
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

const unfinished = (traced: TracedPlan): Held => ({ traced, wrong: traced.wrong, flips: [], of: 0, tensors: [] });

async function certifyInference(model: DenseNet, given: Given, control: CertifyControl): Promise<Held> {
  const { images, precision = 'f32' } = given;
  // As the Inference that it is compared with.
  const tileConfig = tilesOn(model.device, given.tileConfig);
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
  const { precision = 'f32', recompute = false } = given;
  const tileConfig = tilesOn(device, given.tileConfig);
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

function wrongTensor(tensors: readonly HeldTensor[], computed: Computed): Wrong | undefined {
  const bad = tensors.find((tensor) => !isRight(tensor));
  if (bad) return { kind: 'tensor', name: bad.name, error: finite(bad.error), allowed: bad.allowed };
  for (const { name, got } of tensors) {
    const values = computed.get(name)?.values;
    if (values && !values.every((value, i) => Object.is(value, got[i]))) return { kind: 'bits', name };
  }
  return undefined;
}
