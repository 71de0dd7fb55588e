// Computes everything that a golden file can hold, from its input, labels and initial state alone.

import type { Device } from '../../runtime/device.ts';
import { NotFiniteError } from '../../runtime/errors.ts';
import { Inference } from '../inference.ts';
import { DenseNet } from '../model.ts';
import type { Precision } from '../plan/feature-map.ts';
import { describePlan, type Plan } from '../plan/plan.ts';
import type { TileConfig } from '../plan/tile-config.ts';
import type { StateTensor } from '../state-dict.ts';
import { constant } from '../train/learning-rates.ts';
import { type StepResult, Trainer } from '../train/trainer.ts';
import type { Golden } from './golden.ts';

export interface RunOptions {
  readonly recompute?: boolean;
  /** Default: the golden's own. */
  readonly precision?: Precision | undefined;
  /** Tiles instead of the defaults. */
  readonly tileConfig?: TileConfig;
  /** Whether the shaders' inner loops are unrolled; false compiles faster and runs slower. Default true. */
  readonly unroll?: boolean;
}

export interface GoldenRun {
  /** By the golden's names. */
  readonly tensors: ReadonlyMap<string, StateTensor>;
  readonly parameters: number;
  /** Distinct kernel variants of the inference plan and the training plan: `kernel-id variant`. */
  readonly variants: readonly string[];
}

export async function runGolden(device: Device, golden: Golden, options: RunOptions): Promise<GoldenRun> {
  const { config, training, batch, state, nonFinite } = golden;
  const { recompute = false, precision = training.precision, tileConfig, unroll = true } = options;
  const tiles = { unroll, ...(tileConfig && { tileConfig }) };
  const tensors = new Map<string, StateTensor>();
  const logitShape = [training.batch, config.classes];
  const model = await DenseNet.create(device, config, { state, ...(nonFinite && { nonFinite: 'allow' }) });
  try {
    const variants = new Set<string>();
    const inference = await Inference.create(model, { batch: training.batch, precision, ...tiles });
    try {
      addVariants(variants, inference.plan);
      const logits = await inference.logits(batch.images, training.batch, { nonFinite: 'return' });
      tensors.set('eval.logits', { shape: logitShape, values: logits });
    } finally {
      inference.destroy();
    }
    const trainer = await Trainer.create(model, {
      batch: training.batch,
      optimizer: training.optimizer,
      schedule: constant(training.learningRate),
      loss: training.loss,
      lossOptions: training.lossOptions,
      labelSmoothing: training.labelSmoothing,
      groups: training.groups,
      clip: training.clip,
      recompute,
      precision,
      inputGradient: true,
      ...tiles,
    });
    try {
      await gradients(golden, model, trainer, tensors);
      await steps(golden, model, trainer, tensors);
      addVariants(variants, trainer.plan);
      return { tensors, parameters: model.network.parameterCount, variants: [...variants] };
    } finally {
      trainer.destroy();
    }
  } finally {
    model.destroy();
  }
}

function addVariants(variants: Set<string>, plan: Plan<unknown>): void {
  for (const { kernel, variant } of describePlan(plan).passes) variants.add(`${kernel} ${variant}`);
}

async function gradients(
  { config, training, batch }: Golden,
  model: DenseNet,
  trainer: Trainer,
  into: Map<string, StateTensor>,
) {
  const { loss, logits, gradients, input } = await trainer.gradients(batch);
  into.set('train.logits', { shape: [training.batch, config.classes], values: logits });
  into.set('train.loss', { shape: [1], values: new Float32Array([loss]) });
  if (input) {
    into.set('grad.input', {
      shape: [training.batch, config.inputChannels, config.height, config.width],
      values: input,
    });
  }
  for (const [name, tensor] of gradients) into.set(`grad.${name}`, tensor);
  for (const [name, tensor] of await model.stateDict())
    if (/running_(mean|var)$/.test(name)) into.set(`running.${name}`, tensor);
}

async function steps(
  { training, batch, state, nonFinite }: Golden,
  model: DenseNet,
  trainer: Trainer,
  into: Map<string, StateTensor>,
) {
  // Steps that encounter NaN or infinity are refused, and the file holds none.
  if (nonFinite) return;
  model.loadStateDict(state);
  const losses = new Float32Array(training.steps);
  for (let i = 0; i < training.steps; i++) losses[i] = await lossOf(trainer.step(batch));
  into.set('steps.loss', { shape: [training.steps], values: losses });
  for (const [name, tensor] of await model.stateDict()) into.set(`after.${name}`, tensor);
}

/** A loss of NaN is a result too, and a wrong one. */
async function lossOf(step: Promise<StepResult>): Promise<number> {
  try {
    return (await step).loss;
  } catch (error) {
    if (error instanceof NotFiniteError) return error.loss ?? Number.NaN;
    throw error;
  }
}
