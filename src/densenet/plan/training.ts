// The training plan: input, packed weights, forward, loss, backward, update, commit, each a section that can be submitted
// with others. Section `load` runs once per set of weights: it stages running statistics and, where only a part is trained,
// prepares the rest; backward ends where nothing below it is trained. Everything is decided here; a step only submits, and
// the GPU itself changes nothing where it has met NaN or infinity (`plan.verdict`), nor in the steps behind such a one.

import { ConfigError } from '../../runtime/errors.ts';
import { type Bindings, type Fields, fieldBytes, type Kernel } from '../../runtime/kernel.ts';
import { type Region, slice } from '../../runtime/program.ts';
import { lossBinaryCrossEntropy } from '../../shaders/loss/binary-cross-entropy.ts';
import { type LossSize, lossCrossEntropy } from '../../shaders/loss/cross-entropy.ts';
import { lossTotal } from '../../shaders/loss/total.ts';
import { optimizerAdamw } from '../../shaders/optimizer/adamw.ts';
import { optimizerClip } from '../../shaders/optimizer/clip.ts';
import { optimizerLion } from '../../shaders/optimizer/lion.ts';
import { optimizerSgd } from '../../shaders/optimizer/sgd.ts';
import { optimizerSquareNorm, squareNormGroups } from '../../shaders/optimizer/square-norm.ts';
import type { OptimizerKernel } from '../../shaders/optimizer/update.ts';
import { statisticsCommit } from '../../shaders/statistics/commit.ts';
import { checkTrainingBatch } from '../config.ts';
import type { Network, Norm } from '../network.ts';
import { type LossKind, lossOf } from '../train/losses.ts';
import type { OPTIMIZERS, OptimizerKind } from '../train/optimizers.ts';
import type { Augmenter } from './augmenter.ts';
import { recordBackward } from './backward.ts';
import { PlanBuilder, type Readback } from './builder.ts';
import * as evaluation from './evaluation.ts';
import type { Precision } from './feature-map.ts';
import { type InputKind, inputBuffers, readImages, recordForward } from './forward.ts';
import { loadNorms } from './norms.ts';
import { PackedWeights } from './packing.ts';
import { Scope, type Trainable, type TrainableRange, trainableRange } from './scope.ts';
import { DEFAULT_TILES, type TileConfig } from './tile-config.ts';
import { TrainingMemory } from './training-memory.ts';

/** The kernel of every optimizer. */
export const OPTIMIZER_KERNELS: { readonly [K in OptimizerKind]: OptimizerKernel<Fields, StateOf<K>> } = {
  sgd: optimizerSgd,
  adamw: optimizerAdamw,
  lion: optimizerLion,
};
type StateOf<K extends OptimizerKind> = (typeof OPTIMIZERS)[K]['state'][number];

type LossKernel = Kernel<LossSize, { readonly WORKGROUP: number }, Bindings<LossSize>>;
const LOSS_KERNELS: Readonly<Record<LossKind, LossKernel>> = {
  'cross-entropy': lossCrossEntropy,
  'binary-cross-entropy': lossBinaryCrossEntropy,
};

/** Steps under way that there is room for from the start. */
const STEPS_UNDER_WAY = 4;

/** What a training plan is compiled for. */
export interface TrainingOptions {
  /** The loss that gradients are of. */
  readonly loss: LossKind;
  /** Left out: no update passes, gradients only. */
  readonly optimizer?: OptimizerKind | undefined;
  /** Compute bottleneck outputs again in backward instead of keeping them. */
  readonly recompute?: boolean;
  /** Also d loss / d input; needs all of the network to be trained. */
  readonly inputGradient?: boolean;
  /** What training changes; the rest runs in evaluation mode and keeps every bit. Default 'all'. */
  readonly trainable?: Trainable | undefined;
  /** 'float': images as they are, NCHW; 'bytes': 8-bit pixels, normalised (and augmented) on the GPU. */
  readonly input?: InputKind;
  /** How features are stored; default 'f32'. */
  readonly precision?: Precision;
  /** Tiles, where they shall not be the kernels' defaults. */
  readonly tileConfig?: TileConfig | undefined;
  /** Augments byte images beyond mirroring and shifting. */
  readonly augmenter?: Augmenter | undefined;
}

/** Where a training plan's inputs and results lie. */
export interface TrainingRegions {
  /** Images, NCHW: float32, or bytes. */
  readonly input: Region;
  /** vec2f per channel, where the input is bytes: pixel * x + y. */
  readonly normalisation: Region | undefined;
  /** The step's uniform. */
  readonly step: Region;
  /** The augmentation's seed and strengths (AUGMENT_FIELDS), where the input is bytes and there is no augmenter. */
  readonly augment: Region | undefined;
  /** What an augmenter has drawn for each image, where there is one. */
  readonly augmentation: Region | undefined;
  /** The optimizer's own uniform: its kernel's fields. */
  readonly update: Region | undefined;
  /** Cross-entropy: i32 [N]; binary cross-entropy: f32 [N][classes]. */
  readonly labels: Region;
  /** [N][classes] */
  readonly logits: Region;
  /** f32 [2]: mean loss, right answers. */
  readonly loss: Region;
  /** What is read back: the verdict on what is not finite, and the loss (`readResult`). */
  readonly result: Region;
  /** The trained part's gradients, laid out as that part of the parameters' arena. */
  readonly gradients: Region;
  /** d loss / d input, NCHW; only where it was asked for. */
  readonly inputGradient: Region | undefined;
  /** f32 [2]: the factor that clipping applied, and the gradient's global norm. */
  readonly clip: Region;
  /** External: the optimizer's state tensors in its kernel's order, laid out as the gradients. */
  readonly optimizerState: readonly Region[];
  /** What is trained. */
  readonly part: TrainableRange;
}

export function recordTraining(
  network: Network,
  batch: number,
  options: TrainingOptions,
): { plan: PlanBuilder; io: TrainingRegions; readback: Readback } {
  const { recompute = false, inputGradient = false, input: inputKind = 'float' } = options;
  const { precision = 'f32', tileConfig = DEFAULT_TILES, trainable = 'all', augmenter } = options;
  const part = trainableRange(network, trainable);
  checkTrainingBatch(network.config, batch, part.firstBlock);
  if (inputGradient && !part.stem) {
    throw new ConfigError('inputGradient', true, `needs all of the network to be trained, not ${trainable}`);
  }
  const scope = Scope.training(part, inputGradient);
  const weights = new PackedWeights(network, batch, { scope, folded: part }, tileConfig);
  const plan = new PlanBuilder(network, batch, weights, precision, tileConfig, scope);
  const { program } = plan;
  const { config } = network;
  const dlogits = program.buffer('logit gradients', batch * config.classes * 4, 'transient', 'scratch');
  const memory = new TrainingMemory(plan, recompute, dlogits, part);
  if (!memory.gradients) throw new Error('a part has parameters');
  const values = config.inputChannels * plan.inputGrid.columns;
  const labels = batch * lossOf(options.loss).labelsPerImage(config.classes);
  const kernel = options.optimizer && OPTIMIZER_KERNELS[options.optimizer];
  const given = inputBuffers(plan, inputKind, augmenter?.source);
  const io: TrainingRegions = {
    ...given,
    step: plan.step,
    augment: inputKind === 'bytes' && !augmenter ? plan.augment : undefined,
    augmentation: given.normalisation && augmenter?.records(program, config, batch),
    update: kernel && program.buffer('update', fieldBytes(kernel.fields), 'persistent', 'settings'),
    labels: program.buffer('labels', labels * 4, 'persistent', 'input'),
    logits: program.buffer('logits', batch * config.classes * 4, 'persistent', 'output'),
    loss: plan.loss,
    result: plan.result,
    gradients: memory.gradients,
    inputGradient: inputGradient ? program.buffer('input gradient', values * 4, 'persistent', 'output') : undefined,
    clip: program.buffer('clip', 8, 'persistent', 'output'),
    optimizerState: (kernel?.state ?? []).map((name) => program.buffer(name, part.floats * 4, 'external', 'optimizer')),
    part,
  };

  program.startSection('load');
  const frozen = network.norms.filter((norm) => scope.isEvalMode(norm));
  const shifts = memory.frozen.length > 0 ? evaluation.shiftsOf(plan) : undefined;
  loadNorms(plan, frozen, shifts);
  const trainedNorm = network.norms.find((norm) => !scope.isEvalMode(norm));
  if (trainedNorm) commitRunning(plan, trainedNorm, true);
  weights.record(plan, 'folded');

  program.startSection('pack');
  weights.record(plan, 'plain');

  program.startSection('forward');
  const { input, normalisation, augmentation } = io;
  const image = memory.image.region;
  if (augmenter && normalisation && augmentation) {
    augmenter.record(program, config, plan.inputGrid, { input, normalisation, records: augmentation, out: image });
  } else readImages(plan, input, normalisation, image, plan.verdict);
  const kept = recordForward(plan, memory, io.logits, shifts);
  recordLoss(plan, memory, options, io);

  program.startSection('backward');
  recordBackward(plan, memory, kept, io.inputGradient);

  program.startSection('update');
  recordUpdate(plan, options.optimizer, io);

  program.startSection('commit');
  if (trainedNorm) commitRunning(plan, trainedNorm, false);
  return { plan, io, readback: { region: io.result, depth: STEPS_UNDER_WAY } };
}

function recordLoss(
  plan: PlanBuilder,
  memory: TrainingMemory,
  { loss, augmenter }: TrainingOptions,
  io: TrainingRegions,
): void {
  const size = { images: plan.batch, classes: plan.network.config.classes };
  const losses = plan.scratch('losses', plan.batch * 4);
  const correct = plan.scratch('right answers', plan.batch * 4);
  const bindings = { labels: io.labels, logits: io.logits, dlogits: memory.dlogits, losses, correct, step: plan.step };
  const mixed = augmenter?.mixedLoss(loss);
  if (mixed && augmenter && io.augmentation) {
    const records = augmenter.compositions(io.augmentation, plan.network.config, plan.batch);
    plan.pass(mixed, size, { ...bindings, records });
  } else plan.pass(LOSS_KERNELS[loss], size, bindings);
  plan.pass(
    lossTotal,
    { images: plan.batch },
    { losses, correct, out: io.loss, verdict: plan.verdict, step: plan.step },
  );
}

function recordUpdate(plan: PlanBuilder, optimizer: OptimizerKind | undefined, io: TrainingRegions): void {
  const { gradients, clip, part, update } = io;
  if (!optimizer || !update) return;
  const kernel = OPTIMIZER_KERNELS[optimizer];
  const size = { count: part.floats };
  const partials = plan.scratch('square norm', squareNormGroups(size) * 4);
  const { step, verdict } = plan;
  plan.pass(optimizerSquareNorm, size, { gradients, partials, verdict });
  plan.pass(optimizerClip, size, { partials, clip, step });
  const parameters = slice(plan.parameters, part.first * 4, part.floats * 4);
  const state = Object.fromEntries(
    kernel.state.flatMap((name, i) => (io.optimizerState[i] ? [[name, io.optimizerState[i]]] : [])),
  );
  const bindings = { parameters, gradients, ...state, clip, update };
  // First whether what it would write is finite, and then, if all is, writing.
  plan.pass(kernel, size, { ...bindings, verdict }, { parameters: { APPLIES: false } });
  plan.pass(kernel, size, { ...bindings, settled: verdict }, { parameters: { APPLIES: true } });
}

/**
 * Running statistics of what is trained, the arena's tail: staged from those that count (`LOADS`), or at a step's end, if
 * all is finite, the other way.
 */
function commitRunning(plan: PlanBuilder, { runningOffset }: Norm, LOADS: boolean): void {
  const count = plan.network.arena.running - runningOffset;
  const running = slice(plan.running, runningOffset * 4, count * 4);
  const staged = slice(plan.staged, runningOffset * 4, count * 4);
  const settled = LOADS ? undefined : plan.verdict;
  plan.pass(statisticsCommit, { count }, { running, staged, settled }, { parameters: { LOADS } });
}
