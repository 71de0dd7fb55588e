// The smaller batch at the end of an epoch: a trainer that has it takes the steps of a trainer that was made for that size, bit
// for bit, and in a step of several micro-batches it counts by its images. NaN in either size changes nothing.

import { relativeError } from '../../src/densenet/golden/compare.ts';
import { DenseNet } from '../../src/densenet/model.ts';
import type { StateTensor } from '../../src/densenet/state-dict.ts';
import { constant } from '../../src/densenet/train/learning-rates.ts';
import { ADAMW } from '../../src/densenet/train/optimizers.ts';
import { type Batch, Trainer, type TrainerOptions } from '../../src/densenet/train/trainer.ts';
import type { TrainerState } from '../../src/densenet/train/trainer-state.ts';
import { defineJob } from '../../src/jobs/define-job.ts';
import { Device } from '../../src/runtime/device.ts';
import { NotFiniteError } from '../../src/runtime/errors.ts';
import { sharedGpu } from './shared-gpu.ts';
import { BATCH, floatBatch, SMALL } from './small-network.ts';

const SHORT = BATCH - 1;

export interface LastBatchReport {
  /** Steps whose state differs from that of a trainer made for their size. */
  readonly differ: readonly number[];
  /** Losses of the steps that differ. */
  readonly losses: readonly number[];
  /** Relative L2 error of the update of a whole batch and a short one against the mean of their gradients over all images. */
  readonly ofMean: number;
  /** What a step with NaN was refused with, whole or short, and whether it changed anything. */
  readonly nonFinite: readonly { readonly refused: boolean; readonly unchanged: boolean; readonly image: number }[];
  /** GPU memory of the trainer, over that of one without the short batch. */
  readonly memory: number;
}

const RATE = 1024;
const PLAIN = { kind: 'sgd', momentum: 0, nesterov: false, weightDecay: 0 } as const;

export const lastBatch = defineJob('last-batch', async (_request, { gpu, now }): Promise<LastBatchReport> => {
  const device = await Device.open(sharedGpu(gpu), { now, defaultLimits: true });
  const make = async (options: Partial<TrainerOptions>, dropout = SMALL.dropout) => {
    const model = await DenseNet.create(device, { ...SMALL, dropout }, { seed: 3 });
    const base = { batch: BATCH, optimizer: ADAMW, schedule: constant(0.01), seed: 5, unroll: false };
    return Trainer.create(model, { ...base, ...options });
  };
  const both = await make({ lastBatch: SHORT });
  const whole = await make({});
  const short = await make({ batch: SHORT });

  const differ: number[] = [];
  const losses: number[] = [];
  for (const [i, size] of [BATCH, SHORT, BATCH, BATCH, SHORT, SHORT].entries()) {
    const before = await both.state();
    const batch = part(floatBatch(10 + i), size);
    const alone = size === BATCH ? whole : short;
    alone.restore(before);
    const [ours, theirs] = await Promise.all([both.step(batch), alone.step(batch)]);
    if (ours.loss !== theirs.loss || ours.correct !== theirs.correct) losses.push(i);
    if (!sameState(await both.state(), await alone.state())) differ.push(i);
  }

  // Without dropout, whose masks depend on the place in a step.
  const plain = await make({ lastBatch: SHORT, optimizer: PLAIN, schedule: constant(RATE) }, 0);
  const plainShort = await make({ batch: SHORT, optimizer: PLAIN, schedule: constant(RATE) }, 0);
  const [a, b] = [floatBatch(1), part(floatBatch(2), SHORT)];
  const start = await plain.state();
  const ofWhole = await plain.gradients(a);
  plainShort.restore(start);
  const ofShort = await plainShort.gradients(b);
  plain.restore(start);
  const from = await plain.model.stateDict();
  await plain.step([a, b]);
  const to = await plain.model.stateDict();
  const moved: number[] = [];
  const mean: number[] = [];
  for (const [name, gradient] of ofWhole.gradients) {
    const other: StateTensor['values'] | undefined = ofShort.gradients.get(name)?.values;
    const [was, is] = [from.get(name)?.values, to.get(name)?.values];
    for (const [i, value] of gradient.values.entries()) {
      mean.push((BATCH * value + SHORT * (other?.[i] ?? Number.NaN)) / (BATCH + SHORT));
      moved.push(((was?.[i] ?? Number.NaN) - (is?.[i] ?? Number.NaN)) / RATE);
    }
  }

  const nonFinite: LastBatchReport['nonFinite'][number][] = [];
  for (const batches of [[withNaN(b)], [withNaN(a), b], [a, withNaN(b)]] as const) {
    const before = await both.state();
    const error: unknown = await both.step(batches).catch((thrown: unknown) => thrown);
    const found = error instanceof NotFiniteError ? error.found : undefined;
    nonFinite.push({
      refused: found !== undefined,
      unchanged: sameState(before, await both.state()),
      image: found?.kind === 'image' ? found.image : -1,
    });
  }
  const memory = both.allocatedBytes / whole.allocatedBytes;
  device.destroy();
  return { differ, losses, ofMean: relativeError(moved, mean), nonFinite, memory };
});

/** The first images of a batch. */
function part({ images, labels }: Batch, size: number): Batch {
  const values = (images.length / BATCH) * size;
  return { images: images.slice(0, values), labels: labels.slice(0, size) };
}

/** The batch with its second image broken. */
function withNaN({ images, labels }: Batch): Batch {
  const broken = images.slice();
  broken[Math.floor((1.5 * broken.length) / labels.length)] = Number.NaN;
  return { images: broken, labels };
}

function sameState(a: TrainerState, b: TrainerState): boolean {
  const arrays = ({ parameters, running, optimizerState }: TrainerState) => [parameters, running, ...optimizerState];
  const others = arrays(b);
  return arrays(a).every((array, i) => array.every((value, k) => Object.is(value, others[i]?.[k])));
}
