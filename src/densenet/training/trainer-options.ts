// What a trainer is told, what it is given at each step, and whether that can be.

import { ConfigError } from '../../runtime/errors.ts';
import type { Loops } from '../../runtime/specialize.ts';
import type { DenseNetConfig } from '../config.ts';
import type { Normalisation } from '../normalisation.ts';
import type { Choices } from '../plan/choices.ts';
import type { Precision } from '../plan/precision.ts';
import type { LossKind } from '../plan/training.ts';
import type { Trainable } from '../trained-part.ts';
import { checkOptimizer, type OptimizerOptions } from './optimizers.ts';
import type { Schedule } from './schedules.ts';

export interface TrainerOptions {
  /** Images of a micro-batch: what one submit works on. */
  readonly batch: number;
  readonly optimizer: OptimizerOptions;
  /** Learning rate at each step. */
  readonly schedule: Schedule;
  readonly loss?: LossKind;
  /** Of the softmax cross-entropy, as PyTorch defines it. Default 0. */
  readonly labelSmoothing?: number;
  /** Largest global norm of the gradient; 0 (default): no clipping. */
  readonly clip?: number;
  /** Keep less and compute it again in backward; results are the same bit for bit. */
  readonly recompute?: boolean;
  readonly inputGradient?: boolean;
  /** What training changes; the rest runs in evaluation mode and keeps every bit. Default 'all'. */
  readonly trainable?: Trainable;
  /** 'f16-storage': features as halves, half of their memory; everything else stays float32. Default 'f32'. */
  readonly precision?: Precision;
  /** Given: images are bytes, normalised on the GPU. Left out: they are float32. */
  readonly normalisation?: Normalisation;
  /** Of byte images: mirror half of them, shift each by up to so many pixels. */
  readonly augment?: { readonly mirror: boolean; readonly shift: number };
  /** Seed of dropout and augmentation. Default 0. */
  readonly seed?: number;
  /** Tiles that a tuner chose (`tune`); left out: the kernels' defaults. */
  readonly choices?: Choices;
  /**
   * 'kept': loops of the shaders are not written out. They compile several times faster, run several times slower, and give the same
   * sums: for what is small, where the first step is waited for. Default 'unrolled'.
   */
  readonly loops?: Loops;
}

/** Images NCHW, and labels: class numbers, or (binary cross-entropy) [N][classes] of 0, 1 and NaN for missing. */
export interface Batch {
  readonly images: Float32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;
  readonly labels: Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer>;
}

export interface StepResult {
  /** Counted from 0. */
  readonly step: number;
  /** Mean over the step's images, before the update. */
  readonly loss: number;
  /** Images whose largest logit is their label's. */
  readonly correct: number;
  readonly learningRate: number;
}

/** @throws ConfigError where a batch is not what the options ask for */
export function checkBatch(
  config: DenseNetConfig,
  { batch, normalisation, loss }: TrainerOptions,
  { images, labels }: Batch,
): void {
  const values = batch * config.inputChannels * config.height * config.width;
  const wanted = normalisation ? Uint8Array : Float32Array;
  if (!(images instanceof wanted)) throw new ConfigError('images', images.constructor.name, `must be a ${wanted.name}`);
  if (images.length !== values && !(images instanceof Uint8Array && images.length === Math.ceil(values / 4) * 4)) {
    throw new ConfigError('images', images.length, `values, and ${batch} images have ${values}`);
  }
  const multi = loss === 'binary-cross-entropy';
  const Labels = multi ? Float32Array : Int32Array;
  const count = multi ? batch * config.classes : batch;
  if (!(labels instanceof Labels) || labels.length !== count) {
    throw new ConfigError('labels', labels.length, `must be ${count} values in a ${Labels.name}`);
  }
  const bad = multi ? undefined : labels.find((l) => l < -1 || l >= config.classes);
  if (bad !== undefined)
    throw new ConfigError('labels', bad, `is no class: 0 to ${config.classes - 1}, or -1 for none`);
}

/** @throws ConfigError naming the option */
export function checkOptions({
  batch,
  optimizer,
  labelSmoothing = 0,
  clip = 0,
  augment,
  seed = 0,
}: TrainerOptions): void {
  if (!Number.isInteger(batch) || batch < 1) throw new ConfigError('batch', batch, 'must be a whole number, 1 or more');
  checkOptimizer(optimizer);
  if (!(labelSmoothing >= 0 && labelSmoothing < 1))
    throw new ConfigError('labelSmoothing', labelSmoothing, 'must lie in [0, 1)');
  if (!(clip >= 0 && Number.isFinite(clip))) throw new ConfigError('clip', clip, 'must be 0 or more');
  if (augment && (!Number.isInteger(augment.shift) || augment.shift < 0)) {
    throw new ConfigError('shift', augment.shift, 'must be a whole number of pixels, 0 or more');
  }
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32)
    throw new ConfigError('seed', seed, 'must be a whole number below 2^32');
}
