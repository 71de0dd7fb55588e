// The Train view's jobs: what a training would take, how fast this GPU is, and trainings, which may start from the network
// in use. A training has a device of its own; the network in use goes on meanwhile.

import { parseConfigJson } from '../../src/densenet/config-json.ts';
import { Inference } from '../../src/densenet/inference.ts';
import { buildNetwork, macs } from '../../src/densenet/network.ts';
import { describePlan } from '../../src/densenet/plan/plan.ts';
import { readCheckpoint, writeCheckpoint } from '../../src/densenet/train/checkpoint.ts';
import { networkOf } from '../../src/densenet/train/training-state.ts';
import type { HostContext, Job, Jobs } from '../../src/jobs/job.ts';
import { attachment, type Message, message } from '../../src/jobs/message.ts';
import { trainJob } from '../../src/jobs/train.ts';
import type { TrainRequest } from '../../src/jobs/train-messages.ts';
import { keepingTrainings } from '../runs/keep-training.ts';
import type { Loaded } from './loaded.ts';
import { shouldUnrollForTraining } from './loops.ts';
import { planTraining } from './plan-training.ts';
import type { FromInUse, PlanQuestion, RateAnswer, TrainedSize } from './train-protocol.ts';

export const trainJobs = (loaded: Loaded): Jobs => ({
  plan: async ({ head }, context) => {
    const { gpu } = await loaded.open(context);
    return message(planTraining(head as PlanQuestion, gpu.limits));
  },
  rate: (_, context) => loaded.serial(() => rate(loaded, context)),
  train: async (input, context) => withNetwork(await trainKept(await withStart(loaded, input), context)),
});

/**
 * Look inside follows how the network that learns uses its features: each epoch tells, also of a run that goes on. Whether
 * shaders keep their loops follows from the request, so that it is the same then.
 */
const trainSeen: Job = ({ head, attachments }, context) => {
  const asked = head as unknown as TrainRequest;
  const unrollOnSoftware = shouldUnrollForTraining({ ...asked, config: parseConfigJson(asked.config) });
  return trainJob(message({ ...(head as object), reportReuse: true, unrollOnSoftware }, attachments), context);
};

const trainKept = keepingTrainings(trainSeen);

/** With the network in use as what the training starts from, where the request asks for it. */
async function withStart(loaded: Loaded, input: Message): Promise<Message> {
  const { fromInUse } = input.head as Partial<FromInUse>;
  if (!fromInUse) return input;
  const start = await loaded.serialWith(fromInUse.network, async () => {
    const { model } = loaded.inference;
    return writeCheckpoint(model.network, await model.stateDict(), { classNames: fromInUse.classNames });
  });
  return message(input.head, new Map([...input.attachments, ['start', start]]));
}

/** With the attachment `network`: the checkpoint without what a stopped run's has besides; and its size in the head. */
function withNetwork({ head, attachments }: Message): Message {
  const network = networkOf(attachment({ head, attachments }, 'checkpoint').slice(), 'checkpoint');
  const { config } = readCheckpoint(network, 'network');
  const size: TrainedSize = { parameters: buildNetwork(config).parameterCount, classes: config.classes };
  return message({ ...(head as object), size }, new Map([...attachments, ['network', network]]));
}

const RUNS = 3;
/** Multiply-adds of the longer run: a few tenths of a second, or milliseconds, whatever the network. */
const WORK = { software: 1e8, hardware: 4e9 };

/** Runs the network in use on one image and on several: the middle of three runs each, after one that compiles. */
async function rate(loaded: Loaded, { now }: HostContext): Promise<Message> {
  const { model } = loaded.inference;
  const work = model.device.adapter.software ? WORK.software : WORK.hardware;
  const images = Math.min(128, Math.max(2, Math.round(work / macs(model.network))));
  const answer: RateAnswer = { short: await timed(1), long: await timed(images) };
  return message(answer);

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
