// A training interrupted and taken up again, against the same one in one go: every number of the two, bit for bit.

import { inMemory } from '../../src/data/dataset.ts';
import { imageBytes, type LabelledImages } from '../../src/data/idx.ts';
import { sha256 } from '../../src/data/sha256.ts';
import type { MapSize } from '../../src/densenet/config.ts';
import { AUGMENTATION_PRESETS } from '../../src/densenet/train/augmentation.ts';
import type { HyperparametersInput } from '../../src/densenet/train/hyperparameters.ts';
import { ADAMW, SGD } from '../../src/densenet/train/optimizers.ts';
import { readTrainingState, type TrainingState } from '../../src/densenet/train/training-state.ts';
import { defineJob, type JobContext } from '../../src/jobs/define-job.ts';
import { trainJob } from '../../src/jobs/train.ts';
import type { ImagesQuestion, TrainAnswer, TrainEvent, TrainRequest } from '../../src/jobs/train-request.ts';
import { Random } from '../../src/shaders/random-inputs.ts';
import { sharedGpu } from './shared-gpu.ts';
import { BATCH, SMALL } from './small-network.ts';

export type ResumeInput = { readonly optimizer: 'sgd' | 'adamw' };

export type ResumeReport = {
  /** Updates at which states were taken. */
  readonly taken: readonly number[];
  /** By the update at which a run went on, or how it was interrupted: what in it differs at the end from the whole run. */
  readonly differ: { readonly [how: string]: readonly string[] };
  /** Losses and accuracies of the whole run's epochs. */
  readonly losses: readonly number[];
  readonly validation: readonly (number | null)[];
};

/** 3 updates an epoch: of 2 micro-batches each, and one image left over; or the third with what is left over, BATCH + 3 images. */
const [COUNT, EPOCHS] = [6 * BATCH + 1, 3];
const COUNTS = { sgd: COUNT, adamw: 5 * BATCH + 3 };

/** All that is random, averaged, clipped, warmed up or computed again is in it. */
const HYPERPARAMETERS: Readonly<Record<'sgd' | 'adamw', Partial<HyperparametersInput>>> = {
  sgd: { optimizer: SGD, learningRate: 0.05, schedule: 'cosine', warmup: 0.7, clip: 0.5, recompute: true },
  adamw: {
    optimizer: ADAMW,
    learningRate: 0.01,
    schedule: 'step',
    labelSmoothing: 0.1,
    precision: 'f16-storage',
    dropLast: false,
    augment: { ...AUGMENTATION_PRESETS.strong, rotation: 20, randomCrop: true },
  },
};
/** Of the training images: larger where crops are taken of them. */
const SIZES = { sgd: SMALL, adamw: { height: 17, width: 15 } };
const COMMON: HyperparametersInput = {
  config: SMALL,
  epochs: EPOCHS,
  batch: BATCH,
  accumulate: 2,
  augment: { mirror: true, shift: 1 },
  seed: 5,
  optimizer: SGD,
  learningRate: 0.1,
  schedule: 'constant',
  warmup: 0,
  clip: 0,
  labelSmoothing: 0,
  recompute: false,
  precision: 'f32',
  trainable: 'all',
  normalisation: { mean: [0.5], std: [0.25] },
};

export const resume = defineJob('resume', async ({ optimizer }: ResumeInput, context) => {
  const request: WholeRequest = {
    ...COMMON,
    ...HYPERPARAMETERS[optimizer],
    saveEvery: { updates: 1 },
    unrollOnSoftware: false,
    training: images(COUNTS[optimizer], 1, SIZES[optimizer]),
    validation: images(9, 2),
  };
  const whole = await train(request, context);
  const streamed = await train(await streaming(request), { ...context, ask: answering(request) });
  const differ: Record<string, readonly string[]> = { 'with images that are asked for': differences(whole, streamed) };
  const [, early] = [...whole.states][0] ?? [];
  const fromEarly = await train({ ...request, resume: early ?? new Uint8Array() }, context);
  differ['from an early state'] = differences(whole, fromEarly);
  // A state is taken when the one before is there: of nine updates some hosts give few.
  const stopped = await train(request, context, 2);
  const { checkpoint } = stopped.answer;
  differ['from where it was stopped'] = differences(whole, await train({ ...request, resume: checkpoint }, context));
  const { epochs } = whole.end.run;
  const report: ResumeReport = {
    taken: [...whole.states.keys()],
    differ,
    losses: epochs.map(({ loss }) => loss),
    validation: epochs.map(({ validationAccuracy: validation }) => validation),
  };
  return report;
});

type WholeRequest = TrainRequest<LabelledImages> & { readonly validation: LabelledImages };
type Context = JobContext<never, ImagesQuestion, Uint8Array>;

/** The request without the pixels of its images, which are asked for then. */
async function streaming(request: WholeRequest): Promise<TrainRequest> {
  const without = async ({ pixels, ...images }: LabelledImages) => ({ ...images, sha256: await sha256(pixels) });
  const { training, validation } = request;
  return { ...request, training: await without(training), validation: await without(validation) };
}

/** Replies with the pixels that are asked for, later ones sooner. */
const answering =
  (request: WholeRequest) =>
  async ({ part, indices }: ImagesQuestion): Promise<Uint8Array> => {
    const into = new Uint8Array(indices.length * imageBytes(request[part]));
    await inMemory(request[part]).read(indices, into);
    await new Promise((resolve) => setTimeout(resolve, indices[0] ?? 0));
    return into;
  };

interface Trained {
  readonly answer: TrainAnswer;
  readonly states: ReadonlyMap<number, Uint8Array>;
  readonly end: TrainingState;
}

/** Trains, and stops in the update after `stopAfter` states. */
async function train(request: TrainRequest, context: Context, stopAfter?: number): Promise<Trained> {
  const states = new Map<number, Uint8Array>();
  const stop = new AbortController();
  const report = (event: TrainEvent) => {
    if (event.kind !== 'state') return;
    states.set(event.step, event.state);
    if (states.size === stopAfter) stop.abort();
  };
  const gpu = sharedGpu(context.gpu);
  const answer = await trainJob.run(request, { ...context, gpu, report, signal: stop.signal });
  const [, last = new Uint8Array()] = [...states].at(-1) ?? [];
  return { answer, states, end: readTrainingState(last, 'last state') };
}

/** What is not the same at the end of two runs: numbers of the state, curves, the final checkpoint's bytes. */
function differences(a: Trained, b: Trained): string[] {
  const bits = (values: Float32Array) => new Uint32Array(values.buffer, values.byteOffset, values.length);
  const same = (x: Uint32Array | Uint8Array, y: Uint32Array | Uint8Array) =>
    x.length === y.length && x.every((word, i) => word === y[i]);
  const arenas = ({ trainer }: TrainingState) => [trainer.parameters, trainer.running, ...trainer.optimizerState];
  const curves = ({ run }: TrainingState) =>
    JSON.stringify(
      run.epochs.map(({ loss, accuracy, validationAccuracy: validation, learningRate }) => [
        loss,
        accuracy,
        validation,
        learningRate,
      ]),
    );
  const others = arenas(b.end);
  const found = arenas(a.end).flatMap((values, i) =>
    same(bits(values), bits(others[i] ?? new Float32Array())) ? [] : [`arena ${i}`],
  );
  if (a.end.trainer.steps !== b.end.trainer.steps) found.push('steps');
  if (curves(a.end) !== curves(b.end)) found.push('curves');
  if (!same(a.answer.checkpoint, b.answer.checkpoint)) found.push('checkpoint');
  return found;
}

function images(count: number, seed: number, { height, width }: MapSize = SMALL): LabelledImages {
  const random = new Random(seed);
  const { inputChannels: channels, classes } = SMALL;
  return {
    count,
    channels,
    height,
    width,
    pixels: Uint8Array.from({ length: count * channels * height * width }, () => random.integer(0, 255)),
    labels: Int32Array.from({ length: count }, () => random.integer(0, classes - 1)),
    classNames: Array.from({ length: classes }, (_, i) => `class ${i}`),
  };
}
