// `densenet train --preview FILE`: the first batch of a training, augmented as its first step would, as a PNG.

import { epochBatches } from '../../src/data/batches.ts';
import type { ImageDataset } from '../../src/data/dataset.ts';
import { imageBytes } from '../../src/data/idx.ts';
import { hyperparametersOf } from '../../src/densenet/train/hyperparameters.ts';
import { sourceOf } from '../../src/densenet/train/source-size.ts';
import type { JobClient } from '../../src/jobs/define-job.ts';
import type { HostJobs } from '../../src/jobs/registry.ts';
import type { TrainingSettings } from '../../src/jobs/train-request.ts';
import { writeWhole } from '../files.ts';

/** Images that a preview shows at most. */
const MOST = 64;

/**
 * Writes the picture. Of a batch of more than 64 images it shows the first; where images are mixed, the first's partner is then the
 * last shown.
 * @throws ConfigError where there are fewer images than a batch; StorageError, GpuError
 */
export async function writePreview(
  client: JobClient<HostJobs>,
  settings: TrainingSettings,
  training: ImageDataset,
  file: string,
): Promise<{ readonly images: number; readonly width: number; readonly height: number }> {
  const hyperparameters = hyperparametersOf(settings);
  const { config, augment, normalisation, seed, batch } = hyperparameters;
  const source = sourceOf(training, hyperparameters);
  const [first] = epochBatches(training.count, Math.min(batch, training.count), seed, 0, { dropLast: true });
  const indices = (first ?? new Uint32Array()).subarray(0, MOST);
  const images = new Uint8Array(indices.length * imageBytes(training));
  await training.read(indices, images);
  const request = { config, augment, normalisation, seed, images, count: indices.length, ...(source && { source }) };
  const { pixels, width, height, channels } = await client.run('preview', request);
  const { default: sharp } = await import('sharp');
  const png = await sharp(pixels, { raw: { width, height, channels } }).png().toBuffer();
  await writeWhole(file, new Uint8Array(png));
  return { images: indices.length, width, height };
}
