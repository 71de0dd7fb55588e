// Trainings with an augmenter: where it only mirrors and shifts, the same bits as without one; where it mixes images, the loss of
// the logits with mixed targets.
// Out: AugmentedTrainingReport.

import { type AugmenterOptions, augmenter } from '../../src/densenet/augment/augmenter.ts';
import { DenseNet } from '../../src/densenet/model.ts';
import { type Batch, Trainer, type TrainerOptions } from '../../src/densenet/train/trainer.ts';
import { defineJob } from '../../src/jobs/define-job.ts';
import { Device } from '../../src/runtime/device.ts';
import { randomAt } from '../../src/runtime/random.ts';
import { binaryCrossEntropy, mixedCrossEntropy } from '../../src/shaders/loss/reference.ts';
import { sharedGpu } from './shared-gpu.ts';
import { BATCH, byteBatch, differences, OPTIONS, SMALL } from './small-network.ts';

export interface AugmentedTrainingReport {
  /** Tensors that differ from those of a training without an augmenter. */
  readonly differ: readonly string[];
  /** Losses, by what they are of, with the float64 reference of the same logits. */
  readonly losses: Readonly<Record<string, { readonly loss: number; readonly expected: number }>>;
}

const STEPS = 3;
const SMOOTHING = 0.1;

export const augmentedTraining = defineJob('augmented-training', async (_: null, { gpu, now }) => {
  const device = await Device.open(sharedGpu(gpu), { now, defaultLimits: true });
  const without = await trained(device, OPTIONS);
  const withOne = await trained(device, { ...OPTIONS, augment: augmenter({ mirror: true, shift: 1 }) });
  const differ = differences(without, withOne);
  const losses: Record<string, { loss: number; expected: number }> = {};
  for (const [name, options] of Object.entries({ mixup: { mixup: 1 }, cutmix: { cutmix: 1, trivialAugment: true } })) {
    losses[name] = await mixedLoss(device, options, byteBatch(3), 'cross-entropy');
    const { images } = byteBatch(4);
    const labels = Float32Array.from({ length: BATCH * SMALL.classes }, (__, i) =>
      i === 5 ? Number.NaN : (i % 3) / 2,
    );
    losses[`${name}, several labels`] = await mixedLoss(device, options, { images, labels }, 'binary-cross-entropy');
  }
  device.destroy();
  const report: AugmentedTrainingReport = { differ, losses };
  return report;
});

async function trained(device: Device, options: TrainerOptions) {
  const model = await DenseNet.create(device, SMALL, { seed: 1 });
  const trainer = await Trainer.create(model, options);
  for (let step = 0; step < STEPS; step++) await trainer.step([byteBatch(2 * step), byteBatch(2 * step + 1)]);
  const state = await model.stateDict();
  trainer.destroy();
  return state;
}

async function mixedLoss(
  device: Device,
  options: AugmenterOptions,
  batch: Batch,
  loss: 'cross-entropy' | 'binary-cross-entropy',
) {
  const augment = augmenter(options);
  const model = await DenseNet.create(device, SMALL, { seed: 1 });
  const smooths = loss === 'cross-entropy';
  const trainer = await Trainer.create(model, {
    ...OPTIONS,
    augment,
    loss,
    ...(smooths && { labelSmoothing: SMOOTHING }),
  });
  const { loss: own, logits } = await trainer.gradients(batch);
  trainer.destroy();
  const size = { images: BATCH, classes: SMALL.classes };
  const mixtures = augment.drawn(SMALL, BATCH, randomAt(OPTIONS.seed, 0, 0)).map(({ mixture }) => mixture);
  const partner = mixtures.map((mixture) => mixture.partner);
  const weight = mixtures.map((mixture) => mixture.weight);
  const labels = Array.from(batch.labels, (label, i) => {
    const n = Math.floor(i / SMALL.classes);
    const other = batch.labels[(partner[n] ?? 0) * SMALL.classes + (i % SMALL.classes)] ?? Number.NaN;
    return (weight[n] ?? 1) * label + (1 - (weight[n] ?? 1)) * other;
  });
  const { losses } = smooths
    ? mixedCrossEntropy(size, batch.labels, { partner, weight }, logits, SMOOTHING, 1)
    : binaryCrossEntropy(size, labels, logits, 1);
  return { loss: own, expected: losses.reduce((sum, value) => sum + value, 0) };
}
