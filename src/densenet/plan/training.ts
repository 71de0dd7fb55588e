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
import { ARENA_BLOCK, clipFloats } from '../../shaders/optimizer/arena.ts';
import { AVERAGE_FIELDS, optimizerAverage } from '../../shaders/optimizer/average.ts';
import { optimizerClip } from '../../shaders/optimizer/clip.ts';
import { optimizerLamb } from '../../shaders/optimizer/lamb.ts';
import { optimizerLambNorms } from '../../shaders/optimizer/lamb-norms.ts';
import { optimizerLambTrust } from '../../shaders/optimizer/lamb-trust.ts';
import { optimizerLion } from '../../shaders/optimizer/lion.ts';
import { optimizerRmsprop } from '../../shaders/optimizer/rmsprop.ts';
import { optimizerSgd } from '../../shaders/optimizer/sgd.ts';
import { optimizerSquareNorm, squareNormGroups } from '../../shaders/optimizer/square-norm.ts';
import type { OptimizerKernel } from '../../shaders/optimizer/update.ts';
import { statisticsCommit } from '../../shaders/statistics/commit.ts';
import { checkTrainingBatch } from '../config.ts';
import type { Network } from '../network.ts';
import { classNumbers, type LossOptions } from '../train/loss-options.ts';
import { type LossKind, lossOf, lossOptionsWith } from '../train/losses.ts';
import type { OPTIMIZERS, OptimizerKind } from '../train/optimizers.ts';
import { frozenParameters, groupTable, type ParameterGroups } from '../train/parameter-groups.ts';
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
  rmsprop: optimizerRmsprop,
  lamb: optimizerLamb,
  lion: optimizerLion,
};
type StateOf<K extends OptimizerKind> = (typeof OPTIMIZERS)[K]['state'][number];

interface LossParameters extends Record<string, number | boolean> {
  readonly WORKGROUP: number;
  /** Whether each class has a weight. */
  readonly WEIGHTED: boolean;
  readonly FOCAL: boolean;
}
interface LossKernel {
  readonly kernel: Kernel<LossSize, LossParameters, Bindings<LossSize>>;
  readonly FOCAL: boolean;
}
/** The kernel of every loss. */
const LOSS_KERNELS: Readonly<Record<LossKind, LossKernel>> = {
  'cross-entropy': { kernel: lossCrossEntropy, FOCAL: false },
  focal: { kernel: lossCrossEntropy, FOCAL: true },
  'binary-cross-entropy': { kernel: lossBinaryCrossEntropy, FOCAL: false },
  'sigmoid-focal': { kernel: lossBinaryCrossEntropy, FOCAL: true },
};

/** Steps under way that there is room for from the start. */
const STEPS_UNDER_WAY = 4;

/** What a training plan is compiled for. */
export interface TrainingOptions {
  /** The loss that gradients are of. */
  readonly loss: LossKind;
  /** Its options; weights of classes are part of the plan. Default: the loss's own. */
  readonly lossOptions?: LossOptions | undefined;
  /** Left out: no update passes, gradients only. */
  readonly optimizer?: OptimizerKind | undefined;
  /** Compute bottleneck outputs again in backward instead of keeping them. */
  readonly recompute?: boolean;
  /** Also d loss / d input; needs all of the network to be trained. */
  readonly inputGradient?: boolean;
  /** What training changes; the rest runs in evaluation mode and keeps every bit. Default 'all'. */
  readonly trainable?: Trainable | undefined;
  /** Multipliers of learning rate and weight decay, and parameters that are frozen by name. Default: none. */
  readonly groups?: ParameterGroups | undefined;
  /** Also average what a step changes (section `average`). Default false. */
  readonly average?: boolean | undefined;
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
  /** The same with the table of parameter groups behind it, where there is one. */
  readonly clipAndGroups: Region;
  /** External: the optimizer's state tensors in its kernel's order, laid out as the gradients. */
  readonly optimizerState: readonly Region[];
  /** Where weights are averaged: the kernel's uniform, and external buffers laid out as what is trained of each arena. */
  readonly average:
    | {
        /** Its uniform. */
        readonly decay: Region;
        /** External: of the trained part's parameters. */
        readonly parameters: Region;
        /** External: of the running statistics that move. */
        readonly running: Region | undefined;
      }
    | undefined;
  /** What of the running statistics moves, in the arena of running statistics; undefined: none of them. */
  readonly movingStatistics:
    | {
        /** The first float. */
        readonly first: number;
        /** Number of floats. */
        readonly floats: number;
      }
    | undefined;
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
  const scope = Scope.training(part, inputGradient, frozenParameters(network, options.groups?.freeze ?? []));
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
  const firstNorm = network.norms.find((norm) => !scope.isEvalMode(norm));
  const movingStatistics = firstNorm && {
    first: firstNorm.runningOffset,
    floats: network.arena.running - firstNorm.runningOffset,
  };
  const table = kernel && groupTable(network, part, options.groups);
  const clipAndGroups = table
    ? program.constant('clip and parameter groups', Float32Array.of(1, 0, ...table), 'tables')
    : program.buffer('clip', 8, 'persistent', 'output');
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
    clip: slice(clipAndGroups, 0, 8),
    clipAndGroups,
    optimizerState: (kernel?.state ?? []).map((name) => program.buffer(name, part.floats * 4, 'external', 'optimizer')),
    average: options.average
      ? {
          decay: program.buffer('average', fieldBytes(AVERAGE_FIELDS), 'persistent', 'settings'),
          parameters: program.buffer('average of parameters', part.floats * 4, 'external', 'optimizer'),
          running:
            movingStatistics &&
            program.buffer('average of running statistics', movingStatistics.floats * 4, 'external', 'optimizer'),
        }
      : undefined,
    movingStatistics,
    part,
  };

  program.startSection('load');
  const frozen = network.norms.filter((norm) => scope.isEvalMode(norm));
  const shifts = memory.frozen.length > 0 ? evaluation.shiftsOf(plan) : undefined;
  loadNorms(plan, frozen, shifts);
  commitRunning(plan, io, true);
  weights.record(plan, 'folded');

  program.startSection('pack');
  weights.record(plan, 'plain');

  program.startSection('forward');
  const { input, normalisation, augmentation } = io;
  const image = memory.image.region;
  if (augmenter && normalisation && augmentation) {
    const regions = { input, normalisation, records: augmentation, out: image };
    augmenter.record(program, config, plan.inputGrid, regions, tileConfig);
  } else readImages(plan, input, normalisation, image, plan.verdict);
  const kept = recordForward(plan, memory, io.logits, shifts);
  recordLoss(plan, memory, options, io);

  program.startSection('backward');
  recordBackward(plan, memory, kept, io.inputGradient);

  program.startSection('update');
  recordUpdate(plan, options.optimizer, io);

  program.startSection('commit');
  commitRunning(plan, io, false);

  program.startSection('average');
  recordAverage(plan, io);
  return { plan, io, readback: { region: io.result, depth: STEPS_UNDER_WAY } };
}

function recordLoss(
  plan: PlanBuilder,
  memory: TrainingMemory,
  { loss, lossOptions, augmenter }: TrainingOptions,
  io: TrainingRegions,
): void {
  const size = { images: plan.batch, classes: plan.network.config.classes };
  const { kernel, FOCAL } = LOSS_KERNELS[loss];
  const numbers = classNumbers(lossOptionsWith(loss, lossOptions), size.classes);
  const weights = numbers && plan.program.constant('label weights', numbers, 'tables');
  const losses = plan.scratch('losses', plan.batch * 4);
  const correct = plan.scratch('right answers', plan.batch * 4);
  const { labels, logits } = io;
  const own = { labels, logits, dlogits: memory.dlogits, losses, correct, step: plan.step };
  const bindings = weights ? { ...own, weights } : own;
  const WEIGHTED = weights !== undefined;
  const mixed = augmenter?.mixedLoss(loss);
  if (mixed && augmenter && io.augmentation) {
    const records = augmenter.compositions(io.augmentation, plan.network.config, plan.batch);
    plan.pass(mixed, size, { ...bindings, records }, { parameters: { WEIGHTED } });
  } else plan.pass(kernel, size, bindings, { parameters: { WEIGHTED, FOCAL } });
  plan.pass(
    lossTotal,
    { images: plan.batch },
    { losses, correct, out: io.loss, verdict: plan.verdict, step: plan.step },
  );
}

function recordUpdate(plan: PlanBuilder, optimizer: OptimizerKind | undefined, io: TrainingRegions): void {
  const { gradients, clip, clipAndGroups, part, update } = io;
  const GROUPED = clipAndGroups.bytes > clip.bytes;
  if (!optimizer || !update) return;
  const kernel = OPTIMIZER_KERNELS[optimizer];
  const size = { count: part.floats };
  const partials = plan.scratch('square norm', squareNormGroups(size) * 4);
  const { step, verdict } = plan;
  const own = { gradients, partials, verdict, ...(GROUPED && { clip: clipAndGroups }) };
  plan.pass(optimizerSquareNorm, size, own, { parameters: { GROUPED } });
  plan.pass(optimizerClip, size, { partials, clip, step });
  const parameters = slice(plan.parameters, part.first * 4, part.floats * 4);
  const state = Object.fromEntries(
    kernel.state.flatMap((name, i) => (io.optimizerState[i] ? [[name, io.optimizerState[i]]] : [])),
  );
  const groups = slice(clipAndGroups, 0, 4 * clipFloats(size, GROUPED));
  const common = { parameters, gradients, ...state, clip: groups, update };
  const bindings = kernel.trusts ? { ...common, trust: recordTrust(plan, io, common, GROUPED) } : common;
  // First whether what it would write is finite, and then, if all is, writing.
  plan.pass(kernel, size, { ...bindings, verdict }, { parameters: { APPLIES: false, GROUPED } });
  plan.pass(kernel, size, { ...bindings, settled: verdict }, { parameters: { APPLIES: true, GROUPED } });
}

/** LAMB's trust ratio of every tensor, per 64 floats of the trained part. */
function recordTrust(
  plan: PlanBuilder,
  { part }: TrainingRegions,
  bindings: Readonly<Record<string, Region>>,
  GROUPED: boolean,
): Region {
  const blocks = part.floats / ARENA_BLOCK;
  const places = part.parameters.flatMap(({ offset, count }) => [
    (offset - part.first) / ARENA_BLOCK,
    Math.ceil(count / ARENA_BLOCK),
  ]);
  const tensors = plan.program.constant('parameter tensors', Uint32Array.from(places), 'tables');
  const squares = plan.scratch('squares of parameters and directions', blocks * 8);
  const trust = plan.scratch('trust ratios', blocks * 4);
  const size = { count: part.floats };
  const { parameters, gradients, exp_avg, exp_avg_sq, clip, update } = bindings;
  if (!parameters || !gradients || !exp_avg || !exp_avg_sq || !clip || !update) throw new Error('LAMB has two moments');
  const given = { parameters, gradients, exp_avg, exp_avg_sq, clip, update };
  plan.pass(optimizerLambNorms, size, { ...given, squares }, { parameters: { GROUPED } });
  plan.pass(optimizerLambTrust, { ...size, tensors: part.parameters.length }, { squares, tensors, trust });
  return trust;
}

/**
 * Running statistics of what is trained, the arena's tail: staged from those that count (`LOADS`), or at a step's end, if
 * all is finite, the other way.
 */
function commitRunning(plan: PlanBuilder, { movingStatistics }: TrainingRegions, LOADS: boolean): void {
  if (!movingStatistics) return;
  const { first, floats: count } = movingStatistics;
  const running = slice(plan.running, first * 4, count * 4);
  const staged = slice(plan.staged, first * 4, count * 4);
  const settled = LOADS ? undefined : plan.verdict;
  plan.pass(statisticsCommit, { count }, { running, staged, settled }, { parameters: { LOADS } });
}

/** Moves the averages to what the step has made of parameters and running statistics. */
function recordAverage(plan: PlanBuilder, { average, part, movingStatistics }: TrainingRegions): void {
  if (!average) return;
  const { decay } = average;
  const settled = plan.verdict;
  const values = slice(plan.parameters, part.first * 4, part.floats * 4);
  plan.pass(optimizerAverage, { count: part.floats }, { average: average.parameters, values, settled, decay });
  if (!movingStatistics || !average.running) return;
  const { first, floats: count } = movingStatistics;
  const running = slice(plan.running, first * 4, count * 4);
  plan.pass(optimizerAverage, { count }, { average: average.running, values: running, settled, decay });
}
