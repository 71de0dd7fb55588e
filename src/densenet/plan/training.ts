// The training plan: input, packed weights, forward, loss, backward, update, each a section that can be submitted with
// others. Everything is decided here; a step only submits.

import { ConfigError } from '../../runtime/errors.ts';
import { type Region, slice } from '../../runtime/program.ts';
import { lossBinaryCrossEntropy } from '../../shaders/loss/binary-cross-entropy.ts';
import { lossCrossEntropy } from '../../shaders/loss/cross-entropy.ts';
import { lossTotal } from '../../shaders/loss/total.ts';
import { optimizerAdamw } from '../../shaders/optimizer/adamw.ts';
import { optimizerClip } from '../../shaders/optimizer/clip.ts';
import { optimizerSgd } from '../../shaders/optimizer/sgd.ts';
import { optimizerSquareNorm, squareNormGroups } from '../../shaders/optimizer/square-norm.ts';
import { checkTrainingBatch } from '../config.ts';
import type { Network } from '../network.ts';
import { PlanBuilder } from './builder.ts';
import { type Choices, DEFAULT_CHOICES } from './choices.ts';
import { type InputKind, inputBuffers, readImages } from './input.ts';
import type { Readback } from './memory.ts';
import { PackedWeights } from './packing.ts';
import type { Precision } from './precision.ts';
import { loadNorms } from './running-norms.ts';
import { Scope, type ScopeOptions } from './scope.ts';
import { TrainingMemory } from './training-memory.ts';
import { recordBackward, recordForward } from './walk.ts';

/** Steps that may be under way before the next waits for the oldest. */
const STEPS_UNDER_WAY = 4;

export type LossKind = 'cross-entropy' | 'binary-cross-entropy';
export type OptimizerKind = 'sgd' | 'adamw';

export interface TrainingOptions {
  readonly loss: LossKind;
  /** Left out: no update passes, gradients only. */
  readonly optimizer?: OptimizerKind | undefined;
  /** Compute bottleneck outputs again in backward instead of keeping them. */
  readonly recompute?: boolean;
  /** Also d loss / d input. */
  readonly inputGradient?: boolean;
  /** 'float': images as they are, NCHW; 'bytes': 8-bit pixels, normalised (and augmented) on the GPU. */
  readonly input?: InputKind;
  /** How features are stored; default 'f32'. */
  readonly precision?: Precision;
  /** Tiles, where they shall not be the kernels' defaults. */
  readonly choices?: Choices | undefined;
  /** What is trained and what stays as it is; default: everything is trained. */
  readonly scope?: ScopeOptions | undefined;
}

export interface TrainingRegions {
  /** Images, NCHW: float32, or bytes. */
  readonly input: Region;
  /** vec2f a channel, where the input is bytes: pixel * x + y. */
  readonly normalisation: Region | undefined;
  readonly step: Region;
  /** Cross-entropy: i32 [N]; binary cross-entropy: f32 [N][classes]. */
  readonly labels: Region;
  /** [N][classes] */
  readonly logits: Region;
  /** f32 [2]: mean loss, right answers. */
  readonly loss: Region;
  /** The gradient arena, laid out as the parameters'. */
  readonly gradients: Region;
  readonly inputGradient: Region | undefined;
  /** f32 [2]: the factor that clipping applied, and the gradient's global norm. */
  readonly clip: Region;
  /** External: the optimizer's moments, arenas laid out as the parameters'. SGD has one, AdamW two. */
  readonly moments: readonly Region[];
}

export function recordTraining(
  network: Network,
  batch: number,
  options: TrainingOptions,
): { plan: PlanBuilder; io: TrainingRegions; readback: Readback } {
  const { recompute = false, inputGradient = false, input: inputKind = 'float' } = options;
  const { precision = 'f32', choices = DEFAULT_CHOICES } = options;
  const scope = Scope.training(network, options.scope ?? {}, inputGradient);
  checkTrainingBatch(network.config, batch, (b) => {
    const block = network.blocks[b];
    return !block || !scope.evaluatesReaders(network, block);
  });
  const weights = new PackedWeights(network, batch, { scope, folded: false }, choices);
  const plan = new PlanBuilder(network, batch, weights, precision, choices, scope);
  const { program } = plan;
  const { config, arena } = network;
  const dlogits = program.buffer('logit gradients', batch * config.classes * 4, 'transient', 'scratch');
  const memory = new TrainingMemory(plan, recompute, dlogits);
  if (!memory.gradients) throw new ConfigError('trains', 'nothing', 'leaves no parameter to train; name one at least');
  const values = config.inputChannels * plan.inputGrid.columns;
  const logitBytes = batch * config.classes * 4;
  const io: TrainingRegions = {
    ...inputBuffers(plan, inputKind),
    step: plan.step,
    labels: program.buffer('labels', options.loss === 'cross-entropy' ? batch * 4 : logitBytes, 'kept', 'input'),
    logits: program.buffer('logits', logitBytes, 'kept', 'output'),
    loss: program.buffer('loss', 8, 'kept', 'output'),
    gradients: memory.gradients,
    inputGradient: inputGradient ? program.buffer('input gradient', values * 4, 'kept', 'output') : undefined,
    clip: program.buffer('clip', 8, 'kept', 'output'),
    moments: Array.from({ length: momentsOf(options.optimizer) }, (_, i) =>
      program.buffer(`moment ${i + 1}`, arena.parameters * 4, 'external', 'optimizer'),
    ),
  };

  program.startSection('pack');
  loadNorms(
    plan,
    network.norms.filter((norm) => scope.evaluates(norm)),
  );
  weights.record(plan);

  program.startSection('forward');
  readImages(plan, io.input, io.normalisation, memory.image.region);
  const kept = recordForward(plan, memory, io.logits);
  recordLoss(plan, memory, options.loss, io);

  program.startSection('backward');
  recordBackward(plan, memory, kept, io.inputGradient);

  program.startSection('update');
  recordUpdate(plan, options.optimizer, io);
  return { plan, io, readback: { region: io.loss, depth: STEPS_UNDER_WAY } };
}

export const momentsOf = (optimizer: OptimizerKind | undefined): number =>
  optimizer === 'adamw' ? 2 : optimizer === 'sgd' ? 1 : 0;

function recordLoss(plan: PlanBuilder, memory: TrainingMemory, kind: LossKind, io: TrainingRegions): void {
  const size = { images: plan.batch, classes: plan.network.config.classes };
  const losses = plan.scratch('losses', plan.batch * 4);
  const correct = plan.scratch('right answers', plan.batch * 4);
  const bindings = { labels: io.labels, logits: io.logits, dlogits: memory.dlogits, losses, correct, step: plan.step };
  if (kind === 'cross-entropy') plan.pass(lossCrossEntropy, size, bindings);
  else plan.pass(lossBinaryCrossEntropy, size, bindings);
  plan.pass(lossTotal, { images: plan.batch }, { losses, correct, out: io.loss, step: plan.step });
}

function recordUpdate(plan: PlanBuilder, optimizer: OptimizerKind | undefined, io: TrainingRegions): void {
  const [first, second] = io.moments;
  if (!optimizer || !first) return;
  const size = { count: plan.network.arena.parameters };
  const { gradients, clip } = io;
  const { step } = plan;
  const partials = plan.scratch('square norm', squareNormGroups(size) * 4);
  plan.pass(optimizerSquareNorm, size, { gradients, partials });
  plan.pass(optimizerClip, size, { partials, clip, step });
  for (const { offset, count } of plan.scope.trainedRanges(plan.network)) {
    const part = (arena: Region) => slice(arena, offset * 4, count * 4);
    const arenas = { parameters: part(plan.parameters), gradients: part(gradients), momentum: part(first) };
    if (optimizer === 'sgd') plan.pass(optimizerSgd, { count }, { ...arenas, clip, step });
    else if (second) plan.pass(optimizerAdamw, { count }, { ...arenas, secondMomentum: part(second), clip, step });
  }
}
