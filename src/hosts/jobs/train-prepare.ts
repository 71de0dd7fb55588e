// What a training needs before its first step: tiles, a network on the GPU, its trainer, and the plan for the held-out
// images.

import type { DenseNetConfig } from '../../densenet/config.ts';
import { Inference } from '../../densenet/inference.ts';
import { DenseNet } from '../../densenet/model.ts';
import { buildNetwork } from '../../densenet/network.ts';
import { type Choices, DEFAULT_CHOICES } from '../../densenet/plan/choices.ts';
import { compileTraining } from '../../densenet/plan/plan.ts';
import type { StateDict } from '../../densenet/state.ts';
import { scheduleOf } from '../../densenet/training/recipe.ts';
import { Trainer } from '../../densenet/training/trainer.ts';
import type { TuningStore } from '../../densenet/tune/stored-tuning.ts';
import { tune } from '../../densenet/tune/tune.ts';
import { choicesOf, type Tuning } from '../../densenet/tune/tuning.ts';
import type { Device } from '../../runtime/device.ts';
import type { HostContext } from '../job.ts';
import { agentOf } from '../kept-tunings.ts';
import type { TrainEvent, TrainRequest } from './train-messages.ts';

export interface Tiles {
  readonly choices: Choices;
  readonly source: Extract<TrainEvent, { kind: 'ready' }>['tiles'];
  /** What chose them; null: the defaults. */
  readonly tuning: Tuning | null;
  readonly notes: readonly string[];
}

/** A run that goes on keeps its tiles: others round otherwise. */
export const tilesOfRun = (tuning: Tuning | null): Tiles => ({
  ...{ choices: tuning ? choicesOf(tuning) : DEFAULT_CHOICES, source: tuning ? 'cache' : 'defaults' },
  ...{ tuning, notes: [] },
});

export async function chooseTiles(
  device: Device,
  request: TrainRequest,
  store: TuningStore,
  { host, signal }: HostContext,
): Promise<Tiles> {
  const { config, batch, optimizer, recompute, precision, tune: mode = 'off' } = request;
  const workload = { plan: 'training', batch, optimizer: optimizer.kind, recompute } as const;
  const target = { device, network: buildNetwork(config) };
  const options = { mode, workloads: [workload], precision, store, agent: agentOf(host), signal };
  const { choices, source, tuning, notes } = await tune(target, options);
  return { choices, source, notes, tuning: source === 'defaults' ? null : tuning };
}

/** @throws LimitError before anything is allocated; ConfigError, GpuError */
export async function prepare(
  device: Device,
  request: TrainRequest,
  start: { readonly state: StateDict } | undefined,
  updates: number,
  heldOutCount: number,
  choices: Choices,
) {
  const { config, batch, optimizer, normalisation, recompute, seed } = request;
  const { precision = 'f32', trainable = 'all', softwareLoops = 'unrolled' } = request;
  const loops = device.adapter.software ? softwareLoops : 'unrolled';
  const schedule = scheduleOf(request, updates);
  checkFits(device, config, request);
  const model = await DenseNet.create(device, config, start ? { state: start.state } : { seed });
  const [trainer, inference] = await Promise.all([
    Trainer.create(model, {
      ...{ batch, optimizer, schedule, normalisation, recompute, precision, seed, choices, trainable },
      ...{ labelSmoothing: request.labelSmoothing, clip: request.clip },
      augment: { mirror: request.mirror, shift: request.shift },
      loops,
    }),
    Inference.create(model, { batch: Math.min(batch, heldOutCount), normalisation, precision, choices, loops }),
  ]);
  return { model, trainer, inference };
}

/** Before the parameters are made: a network past all memory is a sentence, not a failed allocation. */
function checkFits({ gpu }: Device, config: DenseNetConfig, request: TrainRequest): void {
  const { batch, optimizer, recompute, precision = 'f32', trainable = 'all' } = request;
  const options = { loss: 'cross-entropy', optimizer: optimizer.kind, recompute, precision, trainable } as const;
  compileTraining(buildNetwork(config), batch, { ...options, input: 'bytes' }, gpu.limits);
}
