// The job `preview`: a batch as a training would augment it, as a picture.

import { augmentImages, type ContactSheet, contactSheet } from '../densenet/augment/augment-images.ts';
import { ImageAugmenter } from '../densenet/augment/augmenter.ts';
import type { DenseNetConfig, MapSize } from '../densenet/config.ts';
import type { Normalisation } from '../densenet/normalisation.ts';
import type { Augmentation } from '../densenet/train/augmentation.ts';
import { Device } from '../runtime/device.ts';
import { randomAt } from '../runtime/random.ts';
import { defineJob } from './define-job.ts';

export interface PreviewRequest {
  readonly config: Pick<DenseNetConfig, 'inputChannels' | 'height' | 'width'>;
  readonly augment: Augmentation;
  readonly normalisation: Normalisation;
  /** Of the training. */
  readonly seed: number;
  /** Which step's random numbers; default 0. */
  readonly step?: number;
  /** [count][C][H][W] bytes */
  readonly images: Uint8Array;
  readonly count: number;
  /** Size of the images, where it is not the network's own. */
  readonly source?: MapSize;
}

/** @throws ConfigError for images that do not fit; NoGpuError, GpuError */
export const previewJob = defineJob('preview', async (request: PreviewRequest, { gpu, now }): Promise<ContactSheet> => {
  const { config: size, augment, normalisation, seed, step = 0, count, source } = request;
  const augmenter = new ImageAugmenter(augment, source);
  const images = Uint8Array.from(request.images);
  const device = await Device.open(gpu, { now });
  try {
    // The trainer's seed of the step's first micro-batch.
    const batch = { size, normalisation, images, count, seed: randomAt(seed, step, 0) };
    return contactSheet(await augmentImages(device, augmenter, batch), size, normalisation);
  } finally {
    device.destroy();
  }
});
