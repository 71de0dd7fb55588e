// The job `train`: trains on images that came with the request, tells how it goes, and answers with a checkpoint. The
// next batch is gathered while the GPU works on the last. Told to stop, it ends after the step under way and answers as
// if it had come to its end.

import { BatchFeed, imageBytes, type StagedBatch } from '../../data/batches.ts';
import type { DenseNetConfig } from '../../densenet/config.ts';
import { parseConfigJson } from '../../densenet/config-json.ts';
import { Inference } from '../../densenet/inference.ts';
import { DenseNet } from '../../densenet/model.ts';
import { buildNetwork } from '../../densenet/network.ts';
import type { Normalisation } from '../../densenet/normalisation.ts';
import type { Choices } from '../../densenet/plan/choices.ts';
import { compileTraining } from '../../densenet/plan/plan.ts';
import type { Precision } from '../../densenet/plan/precision.ts';
import type { StateDict } from '../../densenet/state.ts';
import type { Trainable } from '../../densenet/trained-part.ts';
import { readCheckpoint, writeCheckpoint } from '../../densenet/training/checkpoint.ts';
import { startingState } from '../../densenet/training/fine-tune.ts';
import type { OptimizerOptions } from '../../densenet/training/optimizers.ts';
import { makeSchedule, type ScheduleName } from '../../densenet/training/schedules.ts';
import { type Batch, type StepResult, Trainer } from '../../densenet/training/trainer.ts';
import type { TuningStore } from '../../densenet/tune/stored-tuning.ts';
import { type TuneMode, tune } from '../../densenet/tune/tune.ts';
import { Device } from '../../runtime/device.ts';
import type { HostContext, Job } from '../job.ts';
import { agentOf, type KeptTunings, messageStore } from '../kept-tunings.ts';
import { type JsonValue, type Message, message } from '../message.ts';
import { evaluate } from './evaluate.ts';
import { type ImagesHead, readImages } from './labelled.ts';

/**
 * The request's head. Images come as attachments `training.*` and `heldOut.*` (labelled.ts), what a fine-tuning starts
 * from as `start`, a safetensors file: without it the weights are fresh.
 */
export type TrainRequest = {
  readonly config: DenseNetConfig;
  readonly epochs: number;
  /** Images of a micro-batch, and micro-batches of an update. */
  readonly batch: number;
  readonly accumulate: number;
  readonly optimizer: OptimizerOptions;
  readonly learningRate: number;
  readonly schedule: ScheduleName;
  /** Epochs, also parts of one, in which the rate rises. */
  readonly warmup: number;
  readonly clip: number;
  readonly labelSmoothing: number;
  readonly recompute: boolean;
  /** How features are stored, in training and for the held-out images; default 'f32'. */
  readonly precision?: Precision;
  readonly mirror: boolean;
  readonly shift: number;
  readonly seed: number;
  /** Tiles: the defaults (where it is left out), those kept, or measured before the first step; what was kept, by key. */
  readonly tune?: TuneMode;
  readonly kept?: KeptTunings;
  readonly normalisation: Normalisation;
  readonly training: ImagesHead;
  readonly heldOut: ImagesHead;
  /** What training changes; default 'all'. */
  readonly trainable?: Trainable;
  /** Each `epoch` brings the held-out images' logits as attachment `logits`, float32 [count][classes]. */
  readonly reportLogits?: boolean;
  /** Kept in the checkpoint beside the recipe: what the caller wants to be known of this run. */
  readonly about?: Readonly<Record<string, JsonValue>>;
};

/** Events, in this order: one `ready`, then for every epoch some `progress` and one `epoch`. */
export type TrainEvent =
  | {
      readonly kind: 'ready';
      readonly updates: number;
      readonly seconds: number;
      readonly gpuBytes: number;
      /** Where the tiles come from, and what the tuner had to say. */
      readonly tiles: 'defaults' | 'cache' | 'measured';
      readonly notes: readonly string[];
      /** Tunings to keep. */
      readonly kept: KeptTunings;
    }
  | ({ readonly kind: 'progress'; readonly epoch: number; readonly updates: number } & Running)
  | ({
      readonly kind: 'epoch';
      readonly epoch: number;
      /** Accuracy on the held-out images, and the mean cross-entropy there. */
      readonly heldOut: number;
      readonly heldOutLoss: number;
      readonly seconds: number;
    } & Running);

type Running = {
  /** Means over the epoch so far. */
  readonly loss: number;
  readonly accuracy: number;
  readonly imagesPerSecond: number;
  readonly learningRate: number;
};

export type TrainReport = {
  readonly updates: number;
  readonly interrupted: boolean;
  /** Accuracy on the held-out images after the last whole epoch. */
  readonly heldOut: number | null;
  readonly seconds: number;
};

/** Progress is told at most so often, in milliseconds: a fast GPU takes thousands of steps a second. */
const TELL_EVERY = 100;

/** @throws ConfigError, LimitError, NoGpuError, GpuError, NotFiniteError, DeviceLostError */
export const trainJob: Job = async (input, context) => {
  const given = input.head as unknown as TrainRequest;
  const request = { ...given, config: parseConfigJson(given.config) };
  const training = readImages(input, 'training', given.training);
  const heldOut = readImages(input, 'heldOut', given.heldOut);
  const features: GPUFeatureName[] = request.tune === 'full' ? ['timestamp-query'] : [];
  const device = await Device.open(context.gpu, { now: context.now, features });
  try {
    const started = context.now();
    const { batch, accumulate, seed } = request;
    const feed = new BatchFeed(training, { batchSize: batch * accumulate, seed, dropLast: true });
    const store = messageStore(request.kept ?? {});
    const tuned = await tuneFor(device, request, store, context);
    const start = startOf(request, input);
    const made = await prepare(device, request, start, feed.batchesPerEpoch, heldOut.count, tuned.choices);
    const { model, trainer, inference } = made;
    const run = new Run(request, context, trainer, feed);
    run.tell({
      ...{ kind: 'ready', updates: feed.batchesPerEpoch, seconds: (context.now() - started) / 1000 },
      gpuBytes: trainer.allocatedBytes,
      ...{ tiles: tuned.source, notes: tuned.notes, kept: tuned.source === 'measured' ? store.kept : {} },
    });
    let last: number | null = null;
    for (let epoch = 0; epoch < request.epochs; epoch++) {
      const summary = await run.epoch(epoch);
      if (context.signal.aborted) break;
      const { accuracy, loss, logits } = await evaluate(inference, heldOut);
      last = accuracy;
      run.tell(
        {
          ...{ kind: 'epoch', epoch, heldOut: accuracy, heldOutLoss: loss },
          ...{ seconds: (context.now() - started) / 1000, ...summary },
        },
        request.reportLogits ? { logits: new Uint8Array(logits.buffer) } : undefined,
      );
    }
    const report: TrainReport = {
      ...{ updates: trainer.stepCount, interrupted: context.signal.aborted, heldOut: last },
      seconds: (context.now() - started) / 1000,
    };
    const { classNames } = request.training;
    const checkpoint = writeCheckpoint(model.network, await model.stateDict(), {
      ...{ classNames, normalisation: request.normalisation, steps: trainer.stepCount },
      training: { ...report, ...recipe(request), ...start?.record, ...request.about },
    });
    return message(report, { checkpoint });
  } finally {
    device.destroy();
  }
};

/** The weights that a fine-tuning starts from, and what the checkpoint will say of that. @throws DataError, StateError */
function startOf({ config, training, seed, trainable = 'all' }: TrainRequest, input: Message) {
  const file = input.attachments.get('start');
  if (!file) return undefined;
  const { state, classifier } = startingState(
    buildNetwork(config),
    readCheckpoint(file, 'start'),
    training.classNames,
    seed,
  );
  return { state, record: { fineTuned: trainable, classifier } };
}

/** What the checkpoint says of how it came to be. */
const recipe = ({ epochs, batch, accumulate, optimizer, learningRate, schedule, seed, training }: TrainRequest) => ({
  ...{ epochs, batch, accumulate, optimizer, learningRate, schedule, seed, images: training.count },
});

function tuneFor(device: Device, request: TrainRequest, store: TuningStore, { host, signal }: HostContext) {
  const { config, batch, optimizer, recompute, tune: mode = 'off' } = request;
  const workload = { plan: 'training', batch, optimizer: optimizer.kind, recompute } as const;
  const network = buildNetwork(config);
  return tune({ device, network }, { mode, workloads: [workload], store, agent: agentOf(host), signal });
}

async function prepare(
  device: Device,
  request: TrainRequest,
  start: { readonly state: StateDict } | undefined,
  updates: number,
  heldOutCount: number,
  choices: Choices,
) {
  const { config, epochs, batch, optimizer, learningRate, schedule, normalisation, recompute, seed } = request;
  const { precision = 'f32', trainable = 'all' } = request;
  const total = updates * epochs;
  const rate = makeSchedule({
    ...{ name: schedule, rate: learningRate, total, warmup: Math.round(request.warmup * updates) },
  });
  // Before the parameters are made: a network past all memory is a sentence, not a failed allocation.
  const options = { loss: 'cross-entropy', optimizer: optimizer.kind, recompute, precision, trainable } as const;
  compileTraining(buildNetwork(config), batch, { ...options, input: 'bytes' }, device.gpu.limits);
  const model = await DenseNet.create(device, config, start ? { state: start.state } : { seed });
  const [trainer, inference] = await Promise.all([
    Trainer.create(model, {
      choices,
      ...{ batch, optimizer, schedule: rate, normalisation, recompute, precision, seed, trainable },
      ...{ labelSmoothing: request.labelSmoothing, clip: request.clip },
      augment: { mirror: request.mirror, shift: request.shift },
    }),
    Inference.create(model, { batch: Math.min(batch, heldOutCount), normalisation, precision, choices }),
  ]);
  return { model, trainer, inference };
}

/** Epoch after epoch of one training. */
class Run {
  constructor(
    private readonly request: TrainRequest,
    private readonly context: HostContext,
    private readonly trainer: Trainer,
    private readonly feed: BatchFeed,
  ) {}

  tell(event: TrainEvent, attachments?: Readonly<Record<string, Uint8Array>>): void {
    this.context.report(event, attachments);
  }

  /** One epoch, or what of it was done when the signal came. */
  async epoch(epoch: number): Promise<Running> {
    const { context, feed, trainer } = this;
    const tally = new Tally(this.request.batch * this.request.accumulate, context.now());
    let told = context.now();
    let before: Promise<StepResult> | undefined;
    for (let update = 0; update < feed.batchesPerEpoch && !context.signal.aborted; update++) {
      const pending = trainer.step(this.microBatches(feed.take()));
      // It is awaited one turn later; until then its failure is nobody's.
      pending.catch(() => undefined);
      if (before) tally.add(await before);
      // The buffer that this fills is the last step's, which is done; the GPU has the one under way to work on.
      feed.prepare();
      before = pending;
      if (tally.updates === 0 || context.now() - told < TELL_EVERY) continue;
      told = context.now();
      this.tell({ kind: 'progress', epoch, updates: tally.updates, ...tally.running(told) });
    }
    if (before) tally.add(await before);
    return tally.running(context.now());
  }

  private microBatches(staged: StagedBatch): readonly [Batch, ...Batch[]] {
    const { batch, accumulate, training } = this.request;
    const bytes = batch * imageBytes(training);
    const part = (i: number): Batch => ({
      images: staged.pixels.subarray(i * bytes, (i + 1) * bytes),
      labels: staged.labels.subarray(i * batch, (i + 1) * batch),
    });
    return [part(0), ...Array.from({ length: accumulate - 1 }, (_, i) => part(i + 1))];
  }
}

/** What an epoch has come to so far. */
class Tally {
  updates = 0;
  private loss = 0;
  private correct = 0;
  private learningRate = 0;

  constructor(
    private readonly images: number,
    private readonly started: number,
  ) {}

  add({ loss, correct, learningRate }: StepResult): void {
    this.updates++;
    this.loss += loss;
    this.correct += correct;
    this.learningRate = learningRate;
  }

  running(now: number): Running {
    const seen = Math.max(1, this.updates) * this.images;
    const seconds = Math.max(1e-3, (now - this.started) / 1000);
    return {
      loss: this.loss / Math.max(1, this.updates),
      accuracy: this.correct / seen,
      imagesPerSecond: (this.updates * this.images) / seconds,
      learningRate: this.learningRate,
    };
  }
}
