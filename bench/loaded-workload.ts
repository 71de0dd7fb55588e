// A workload on a device: a network with one plan, ready to be repeated. A repeat is what a user of the library waits for:
// from the upload of a batch to its logits (inference) or its loss (a training step: forward, loss, backward, update) in
// memory.

import { Inference } from '../src/densenet/inference.ts';
import type { DenseNet } from '../src/densenet/model.ts';
import type { Precision } from '../src/densenet/plan/feature-map.ts';
import { constant } from '../src/densenet/train/learning-rates.ts';
import { SGD } from '../src/densenet/train/optimizers.ts';
import { type Batch, Trainer } from '../src/densenet/train/trainer.ts';
import { GpuError } from '../src/runtime/errors.ts';
import { createRandom } from '../src/runtime/random.ts';
import type { Workload } from './workloads.ts';

/** How a network is run, whichever it is. */
type RunOptions = Pick<Workload, 'mode' | 'recompute' | 'precision'>;
type TrainingOptions = Pick<RunOptions, 'recompute' | 'precision'>;

export type LoadedInference = {
  readonly mode: 'inference';
  readonly inference: Inference;
  readonly images: Float32Array<ArrayBuffer>;
  readonly precision: Precision;
};
export type LoadedTraining = { readonly mode: 'training'; readonly trainer: Trainer };

export type LoadedWorkload = (LoadedInference | LoadedTraining) & {
  readonly model: DenseNet;
  readonly batch: number;
  /** One repeat. @throws GpuError where what comes out is not finite */
  run(): Promise<void>;
  destroy(): void;
};

/** @throws LimitError with the largest batch that fits, GpuError where memory runs out */
export async function loadWorkload(model: DenseNet, options: RunOptions, batch: number): Promise<LoadedWorkload> {
  return options.mode === 'inference' ? loadInference(model, batch, options) : loadTraining(model, batch, options);
}

async function loadInference(model: DenseNet, batch: number, { precision }: RunOptions): Promise<LoadedWorkload> {
  const inference = await Inference.create(model, { batch, precision, unroll: true });
  const images = randomImages(model, batch);
  return {
    mode: 'inference',
    model,
    batch,
    inference,
    images,
    precision,
    run: async () => {
      const logits = await inference.logits(images, batch);
      const bad = logits.findIndex((logit) => !Number.isFinite(logit));
      if (bad >= 0) throw new GpuError(`logit ${bad} is ${logits[bad]}: results on this GPU are wrong`);
    },
    destroy: () => inference.destroy(),
  };
}

async function loadTraining(model: DenseNet, batch: number, options: TrainingOptions): Promise<LoadedWorkload> {
  const trainer = await createTrainer(model, batch, options);
  const data = randomBatch(model, batch);
  return {
    mode: 'training',
    model,
    batch,
    trainer,
    run: async () => {
      await trainer.step(data);
    },
    destroy: () => trainer.destroy(),
  };
}

/** A rate so small that any number of steps on random labels keeps the loss finite. */
export const createTrainer = (
  model: DenseNet,
  batch: number,
  { recompute, precision }: TrainingOptions,
): Promise<Trainer> =>
  Trainer.create(model, { batch, optimizer: SGD, schedule: constant(1e-4), recompute, precision, unroll: true });

/** `distinct` random images and labels, repeated until the batch is full. */
export function randomBatch(model: DenseNet, batch: number, distinct = batch): Batch {
  const random = createRandom(2);
  const labels = Int32Array.from({ length: distinct }, () => random.uint32() % model.config.classes);
  const images = randomImages(model, distinct);
  const values = images.length / distinct;
  const all = new Float32Array(batch * values);
  for (let i = 0; i < batch; i++) {
    const from = i % distinct;
    all.set(images.subarray(from * values, (from + 1) * values), i * values);
  }
  return { images: all, labels: Int32Array.from({ length: batch }, (_, i) => labels[i % distinct] ?? 0) };
}

export function randomImages({ config }: Pick<DenseNet, 'config'>, batch: number): Float32Array<ArrayBuffer> {
  const random = createRandom(1);
  return Float32Array.from({ length: batch * config.inputChannels * config.height * config.width }, () =>
    random.normal(),
  );
}
