// Micro-batches of one size on the GPU: a training plan, and what a step writes and submits for each of them. A trainer has one
// for its batch, and another for an epoch's last, smaller batch, on the same gradients, statistics and verdict: what one
// has accumulated the other adds to.

import { randomAt } from '../../runtime/random.ts';
import { AUGMENT_FIELDS } from '../../shaders/layout/augment.ts';
import { AVERAGE_FIELDS } from '../../shaders/optimizer/average.ts';
import { STEP_FIELDS } from '../../shaders/parts/step.ts';
import type { Labels } from '../plan/augmenter.ts';
import { OPTIMIZER_KERNELS, type TrainingRegions } from '../plan/training.ts';
import { type PreparedPlan, Runner } from '../runner.ts';
import { augmentValues, NOT_AUGMENTED } from './basic-augmentation.ts';
import { updateValues } from './optimizers.ts';
import { type Batch, isAugmenter, type TrainerOptions } from './trainer-options.ts';
import { averageValues, NO_AVERAGE } from './weight-average.ts';

/** A micro-batch and its place in its step. */
export interface MicroBatch {
  readonly batch: Batch;
  readonly step: number;
  /** Counted from 0. */
  readonly micro: number;
  /** Images of the step that are ahead of it, and all of them. */
  readonly firstImage: number;
  readonly images: number;
  readonly learningRate: number;
}

export class MicroBatches extends Runner<TrainingRegions> {
  constructor(prepared: PreparedPlan<TrainingRegions>) {
    super(prepared);
  }

  /**
   * Uploads a micro-batch and submits sections of the plan for it.
   * @param staging where the result is copied to
   * @internal
   */
  submitBatch(micro: MicroBatch, options: TrainerOptions, sections: readonly string[], staging?: GPUBuffer): void {
    const { io } = this.plan;
    this.upload(io.input, micro.batch.images);
    this.upload(io.labels, this.augmented(micro, options));
    this.writeSettings(micro, options);
    this.submit(`step ${micro.step}`, sections, staging);
  }

  /** Writes what an augmenter has drawn for a micro-batch. Returns its labels, mixed as the images are. */
  private augmented({ batch, step, micro }: MicroBatch, { seed = 0, augment }: TrainerOptions): Labels {
    const { io, batch: images } = this.plan;
    if (!isAugmenter(augment) || !io.augmentation) return batch.labels;
    const drawn = augment.draw(this.model.config, images, randomAt(seed, step, micro), batch.labels);
    this.upload(io.augmentation, drawn.records);
    return drawn.labels;
  }

  /** The uniforms of a micro-batch: the step's, the augmentation's and the optimizer's. */
  private writeSettings({ step, micro, firstImage, images, learningRate }: MicroBatch, options: TrainerOptions): void {
    const { seed = 0, clip = 0, labelSmoothing = 0, augment = NOT_AUGMENTED, optimizer } = options;
    const { lossOptions = {}, average = NO_AVERAGE } = options;
    const { io, batch } = this.plan;
    const mixed = randomAt(seed, step, micro);
    this.write(io.step, STEP_FIELDS, {
      seed: mixed,
      accumulate: micro > 0 ? 1 : 0,
      gradient_scale: batch / images,
      clip,
      label_smoothing: labelSmoothing,
      first_image: firstImage,
      focal_gamma: lossOptions.focalGamma ?? 0,
      focal_alpha: lossOptions.focalAlpha ?? -1,
    });
    if (io.augment && !isAugmenter(augment)) this.write(io.augment, AUGMENT_FIELDS, augmentValues(augment, mixed));
    if (io.average) this.write(io.average.decay, AVERAGE_FIELDS, averageValues(average, step + 1));
    const { fields } = OPTIMIZER_KERNELS[optimizer.kind];
    if (io.update) this.write(io.update, fields, updateValues(optimizer, step + 1, learningRate));
  }
}
