// Images augmented by a training's passes, and what was drawn for them, in grey levels: for comparison with torchvision.
// In: head AugmentationInput. Out: AugmentationReport.

import { augmentImages } from '../../src/densenet/augment/augment-images.ts';
import { type AugmenterOptions, augmenter } from '../../src/densenet/augment/augmenter.ts';
import type { ImageAugmentation } from '../../src/densenet/augment/parameters.ts';
import type { DenseNetConfig } from '../../src/densenet/config.ts';
import { defineJob } from '../../src/jobs/define-job.ts';
import { Device } from '../../src/runtime/device.ts';
import { sharedGpu } from './shared-gpu.ts';

export interface AugmentationInput {
  readonly options: AugmenterOptions;
  readonly size: Pick<DenseNetConfig, 'inputChannels' | 'height' | 'width'>;
  readonly count: number;
  readonly seed: number;
  readonly images: Uint8Array<ArrayBuffer>;
}

export interface AugmentationReport {
  readonly drawn: readonly ImageAugmentation[];
  /** [count][C][H][W], 0 to 255; what a shift uncovers and what is erased is 0. */
  readonly images: Float32Array<ArrayBuffer>;
}

export const augmentation = defineJob(
  'augmentation',
  async ({ options, size, count, seed, images }: AugmentationInput, { gpu, now }): Promise<AugmentationReport> => {
    const device = await Device.open(sharedGpu(gpu), { now, defaultLimits: true });
    const own = augmenter(options);
    const one = (value: number) => Array.from({ length: size.inputChannels }, () => value);
    // A byte is its own value: (byte / 255 - 0) / (1 / 255).
    const normalisation = { mean: one(0), std: one(1 / 255) };
    const augmented = await augmentImages(device, own, { size, normalisation, images, count, seed });
    device.destroy();
    return { drawn: own.drawn(size, count, seed), images: augmented };
  },
);
