// What jobs that train make of a request before there is a trainer: the images, the weights to start from, the tiles.

import { type ImageDataset, inMemory } from '../data/dataset.ts';
import { sha256 } from '../data/sha256.ts';
import { autotune } from '../densenet/autotune/autotune.ts';
import type { AutotuneCache, AutotuneRecord } from '../densenet/autotune/cache.ts';
import { buildNetwork } from '../densenet/network.ts';
import type { TileConfig } from '../densenet/plan/tile-config.ts';
import { readCheckpoint } from '../densenet/train/checkpoint.ts';
import { startingState } from '../densenet/train/fine-tune.ts';
import type { Device } from '../runtime/device.ts';
import { userAgentOf } from './autotune.ts';
import type { JobContext } from './define-job.ts';
import type { ImagesQuestion, TrainEvent, TrainImages, TrainRequest } from './train-request.ts';

/** Images that came whole, or those that the client is asked for. */
export function datasetOf(
  images: TrainImages['training'],
  part: keyof TrainImages,
  context: Pick<JobContext<never, ImagesQuestion, Uint8Array>, 'ask'>,
): ImageDataset {
  if ('pixels' in images) return inMemory(images);
  return {
    ...images,
    read: async (indices, into) => into.set(await context.ask({ part, indices: Uint32Array.from(indices) })),
  };
}

/** The weights that a fine-tuning starts from, and what the checkpoint will say of that. @throws DataError, StateError */
export async function startOf(
  request: Pick<TrainRequest, 'config' | 'seed' | 'trainable' | 'classifier' | 'start'>,
  { classNames }: ImageDataset,
) {
  const { config, seed, trainable = 'all', classifier: wanted, start: file } = request;
  if (!file) return undefined;
  const from = readCheckpoint(file, 'start');
  const { state, classifier } = startingState(buildNetwork(config), from, classNames, seed, wanted);
  return { state, record: { fineTuned: trainable, classifier, start: await sha256(file) } };
}

export interface Tiles {
  readonly tileConfig: TileConfig;
  readonly source: Extract<TrainEvent, { kind: 'ready' }>['tiles'];
  /** What chose them; null: the defaults. */
  readonly autotuneRecord: AutotuneRecord | null;
  readonly notes: readonly string[];
}

export async function chooseTiles(
  device: Device,
  request: Pick<TrainRequest, 'config' | 'batch' | 'optimizer' | 'recompute' | 'precision' | 'autotune'>,
  cache: AutotuneCache,
  { host, signal }: Pick<JobContext, 'host' | 'signal'>,
): Promise<Tiles> {
  const { config, batch, optimizer, recompute, precision, autotune: mode = 'off' } = request;
  const workload = { plan: 'training', batch, optimizer: optimizer.kind, recompute } as const;
  const target = { device, network: buildNetwork(config) };
  const { tileConfig, source, autotuneRecord, notes } = await autotune(target, {
    mode,
    workloads: [workload],
    precision,
    cache,
    userAgent: userAgentOf(host),
    signal,
  });
  return { tileConfig, source, notes, autotuneRecord: source === 'defaults' ? null : autotuneRecord };
}
