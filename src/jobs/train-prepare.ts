// What a training needs before its first step: tiles, a network on the GPU, its trainer, and the plan for the held-out
// images.

import { autotune } from '../densenet/autotune/autotune.ts';
import type { AutotuneCache } from '../densenet/autotune/cache.ts';
import { type AutotuneRecord, tileConfigOf } from '../densenet/autotune/cache.ts';
import type { DenseNetConfig } from '../densenet/config.ts';
import { Inference } from '../densenet/inference.ts';
import { DenseNet } from '../densenet/model.ts';
import { buildNetwork } from '../densenet/network.ts';
import { compileTraining } from '../densenet/plan/plan.ts';
import { DEFAULT_TILES, type TileConfig } from '../densenet/plan/tile-config.ts';
import type { StateDict } from '../densenet/state-dict.ts';
import { scheduleOf } from '../densenet/train/hyperparameters.ts';
import { Trainer } from '../densenet/train/trainer.ts';
import type { Device } from '../runtime/device.ts';
import { userAgentOf } from './autotune-message.ts';
import type { HostContext } from './job.ts';
import type { TrainEvent, TrainRequest } from './train-messages.ts';

export interface Tiles {
  readonly tileConfig: TileConfig;
  readonly source: Extract<TrainEvent, { kind: 'ready' }>['tiles'];
  /** What chose them; null: the defaults. */
  readonly autotuneRecord: AutotuneRecord | null;
  readonly notes: readonly string[];
}

/** A run that goes on keeps its tiles: others round otherwise. */
export const tilesOfRun = (autotuneRecord: AutotuneRecord | null): Tiles => ({
  ...{
    tileConfig: autotuneRecord ? tileConfigOf(autotuneRecord) : DEFAULT_TILES,
    source: autotuneRecord ? 'cache' : 'defaults',
  },
  ...{ autotuneRecord, notes: [] },
});

export async function chooseTiles(
  device: Device,
  request: TrainRequest,
  store: AutotuneCache,
  { host, signal }: HostContext,
): Promise<Tiles> {
  const { config, batch, optimizer, recompute, precision, autotune: mode = 'off' } = request;
  const workload = { plan: 'training', batch, optimizer: optimizer.kind, recompute } as const;
  const target = { device, network: buildNetwork(config) };
  const options = { mode, workloads: [workload], precision, store, userAgent: userAgentOf(host), signal };
  const { tileConfig, source, autotuneRecord, notes } = await autotune(target, options);
  return { tileConfig, source, notes, autotuneRecord: source === 'defaults' ? null : autotuneRecord };
}

/** @throws LimitError before anything is allocated; ConfigError, GpuError */
export async function prepare(
  device: Device,
  request: TrainRequest,
  start: { readonly state: StateDict } | undefined,
  updates: number,
  validationCount: number,
  tileConfig: TileConfig,
) {
  const { config, batch, optimizer, normalisation, recompute, seed } = request;
  const { precision = 'f32', trainable = 'all', unrollOnSoftware = true } = request;
  const unroll = device.adapter.software ? unrollOnSoftware : true;
  const schedule = scheduleOf(request, updates);
  checkFits(device, config, request);
  const model = await DenseNet.create(device, config, start ? { state: start.state } : { seed });
  const [trainer, inference] = await Promise.all([
    Trainer.create(model, {
      ...{ batch, optimizer, schedule, normalisation, recompute, precision, seed, tileConfig, trainable },
      ...{ labelSmoothing: request.labelSmoothing, clip: request.clip },
      augment: { mirror: request.mirror, shift: request.shift },
      unroll,
    }),
    Inference.create(model, { batch: Math.min(batch, validationCount), normalisation, precision, tileConfig, unroll }),
  ]);
  return { model, trainer, inference };
}

/** Before the parameters are made: a network past all memory is a sentence, not a failed allocation. */
function checkFits({ gpu }: Device, config: DenseNetConfig, request: TrainRequest): void {
  const { batch, optimizer, recompute, precision = 'f32', trainable = 'all' } = request;
  const options = { loss: 'cross-entropy', optimizer: optimizer.kind, recompute, precision, trainable } as const;
  compileTraining(buildNetwork(config), batch, { ...options, input: 'bytes' }, gpu.limits);
}
