// The Train view's jobs: what a training would take, how fast this GPU is, and trainings, which may start from the network
// in use. A training has a device of its own; the network in use goes on meanwhile.

import { Inference } from '../../src/densenet/inference.ts';
import { buildNetwork, macs } from '../../src/densenet/network.ts';
import { describePlan } from '../../src/densenet/plan/plan.ts';
import { basicOnly } from '../../src/densenet/train/augmentation.ts';
import { readCheckpoint, writeCheckpoint } from '../../src/densenet/train/checkpoint.ts';
import { networkOf } from '../../src/densenet/train/training-state.ts';
import { defineJob, type JobContext, jobRegistry } from '../../src/jobs/define-job.ts';
import { trainJobWith } from '../../src/jobs/train.ts';
import type { TrainAnswer, TrainEvent, TrainRequest } from '../../src/jobs/train-request.ts';
import type { TrainReport } from '../../src/training/events.ts';
import type { Of } from '../contract.ts';
import type { Loaded } from './loaded.ts';
import { type PlanQuestion, planTraining } from './plan-training.ts';
import { type Resumed, type SaveEvent, type Started, savingTrainings } from './save-training.ts';

/** What `rate` answers: the network in use on one image, and on several. */
export type RateAnswer = {
  readonly short: { readonly seconds: number; readonly passes: number; readonly flops: number };
  readonly long: { readonly seconds: number; readonly passes: number; readonly flops: number };
};

/** What `train` is asked: a new training, which may start from the network in use, or a run to resume. */
export type DemoTrainRequest =
  | (Started & {
      /** The network in use and its classes. */
      readonly fromInUse?: (Of & { readonly classNames: readonly string[] }) | undefined;
    })
  | Resumed;

/** What `train` answers. */
export interface Trained {
  readonly report: TrainReport;
  readonly size: { readonly parameters: number; readonly classes: number };
  /** A safetensors file of the network alone, without what a stopped run's state has besides. */
  readonly checkpoint: Uint8Array<ArrayBuffer>;
}

/** The form offers mirroring and shifting. */
const trainJob = trainJobWith(basicOnly);

export const trainJobs = (loaded: Loaded) =>
  jobRegistry(
    defineJob('plan', async (question: PlanQuestion, context) => {
      const { limits } = await loaded.open(context);
      return planTraining(question, limits);
    }),
    defineJob('rate', (_request, { now }) => loaded.enqueue(() => rate(loaded, now))),
    defineJob('train', async (request: DemoTrainRequest, context: JobContext<TrainEvent | SaveEvent>) =>
      trained(await trainAndSave(await withStart(loaded, request), context)),
    ),
  );

/** What two cores compute, twice as slowly, in the four seconds by which they compile a small network sooner. */
const SHORT_TRAINING = 5e9;

/** For a whole training on a software GPU: a step is three times the work of a prediction. */
function shouldUnroll({ config, epochs, training, validation }: TrainRequest): boolean {
  const images = epochs * (3 * training.count + (validation?.count ?? 0));
  return images * macs(buildNetwork(config)) > SHORT_TRAINING;
}

/**
 * Look inside follows how the network that learns uses its features: each epoch tells, also of a resumed run. Whether
 * shaders are unrolled follows from the request, so that it is the same then.
 */
const trainAndSave = savingTrainings((request, context) =>
  trainJob.run({ ...request, reportReuse: true, unrollOnSoftware: shouldUnroll(request) }, context),
);

/** With the network in use as what the training starts from, where the request asks for it. */
async function withStart(loaded: Loaded, request: DemoTrainRequest): Promise<Started | Resumed> {
  if ('resumeRun' in request || !request.fromInUse) return request;
  const { fromInUse, ...started } = request;
  const start = await loaded.enqueueFor(fromInUse.network, async () => {
    const { model } = loaded.inference;
    return writeCheckpoint(model.network, await model.stateDict(), { classNames: fromInUse.classNames });
  });
  return { ...started, start };
}

function trained({ report, checkpoint }: TrainAnswer): Trained {
  const network = networkOf(checkpoint, 'checkpoint');
  const { config } = readCheckpoint(network, 'network');
  const size = { parameters: buildNetwork(config).parameterCount, classes: config.classes };
  return { report, size, checkpoint: network };
}

const RUNS = 3;
/** Multiply-adds of the longer run: a few tenths of a second, or milliseconds, whatever the network. */
const WORK = { software: 1e8, hardware: 4e9 };

/** Runs the network in use on one image and on several: the middle of three runs each, after one that compiles. */
async function rate(loaded: Loaded, now: () => number): Promise<RateAnswer> {
  const { model } = loaded.inference;
  const work = model.device.adapter.software ? WORK.software : WORK.hardware;
  const images = Math.min(128, Math.max(2, Math.round(work / macs(model.network))));
  return { short: await timed(1), long: await timed(images) };

  async function timed(batch: number) {
    const inference = await Inference.create(model, { batch });
    try {
      const { inputChannels, height, width } = model.config;
      const pixels = new Float32Array(batch * inputChannels * height * width);
      await inference.logits(pixels, batch);
      const seconds: number[] = [];
      for (let i = 0; i < RUNS; i++) {
        const start = now();
        await inference.logits(pixels, batch);
        seconds.push((now() - start) / 1000);
      }
      const passes = describePlan(inference.plan).passes.filter(({ section }) => section === 'forward');
      return {
        seconds: seconds.toSorted((a, b) => a - b)[RUNS >> 1] ?? 0,
        passes: passes.length,
        flops: passes.reduce((sum, { flops }) => sum + flops, 0),
      };
    } finally {
      inference.destroy();
    }
  }
}
