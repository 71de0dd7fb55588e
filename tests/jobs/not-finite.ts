// Steps and runs that meet NaN or infinity: what they name, that they change nothing, and that others go on behind them.

import { Explanations } from '../../src/densenet/explain/explanations.ts';
import { Inference } from '../../src/densenet/inference.ts';
import { DenseNet } from '../../src/densenet/model.ts';
import type { StateDict } from '../../src/densenet/state-dict.ts';
import { ADAMW } from '../../src/densenet/train/optimizers.ts';
import { type Batch, Trainer, type TrainerOptions } from '../../src/densenet/train/trainer.ts';
import type { TrainerState } from '../../src/densenet/train/trainer-state.ts';
import { defineJob, jobRegistry } from '../../src/jobs/define-job.ts';
import { Device } from '../../src/runtime/device.ts';
import { NotFiniteError } from '../../src/runtime/errors.ts';
import { Random } from '../../src/shaders/random-inputs.ts';
import { sharedGpu } from './shared-gpu.ts';
import { BATCH, floatBatch, OPTIONS, SMALL } from './small-network.ts';

/** `step 2: image 1` or what else was met, or what was thrown or given instead. */
export type Told = string;

export type NotFiniteReport = {
  /** A bad step, and two behind it that were submitted before it was known. */
  readonly together: readonly Told[];
  /** Steps and tensors of a state asked for while they were under way, against the state from before. */
  readonly stateUnderWay: string;
  readonly stateAfter: string;
  readonly stepCount: number;
  /** The next step's numbers, against those of the same step from a restored state. */
  readonly goesOn: string;
  readonly microBatch: Told;
  readonly largeRate: Told;
  readonly largeImage: Told;
  /** What is changed by these three, and by gradients that are NaN. */
  readonly changed: string;
  readonly gradientsLoss: string;
  readonly loadedWeights: Told;
  /** Fine-tuning by AdamW, f16, bottlenecks computed again: the bad step, and what it changed. */
  readonly fineTuning: readonly Told[];
  readonly logits: readonly Told[];
};

const VALUES = SMALL.inputChannels * SMALL.height * SMALL.width;

/** With `value` at one place of one image. */
function bad({ images, labels }: Batch, image: number, value: number): Batch {
  const copy = Float32Array.from(images);
  copy[image * VALUES + 17] = value;
  return { images: copy, labels };
}

const said = (error: unknown): Told => {
  if (!(error instanceof NotFiniteError)) return String(error);
  const { found, step, images } = error;
  const where = 'image' in found ? found.image : found.name;
  return `${step === undefined ? `images ${images.join(' ')}` : `step ${step}`}: ${found.kind} ${where}`;
};
const told = (run: Promise<unknown>): Promise<Told> => run.then(() => 'nothing', said);

function difference(a: TrainerState, b: TrainerState): string {
  const words = (state: TrainerState) => [state.parameters, state.running, ...state.optimizerState].map(bitsOf);
  const same = words(a).every((bits, i) => bits.every((word, k) => word === words(b)[i]?.[k]));
  return `${a.steps === b.steps ? 'same steps' : `${a.steps} steps, not ${b.steps}`}, ${same ? 'same bits' : 'other bits'}`;
}
const bitsOf = (values: Float32Array) => new Uint32Array(values.buffer, values.byteOffset, values.length);

/** What went wrong where one value of a tensor is not finite, by place; empty where all is as it should be. */
export type NotFinitePlaces = { readonly places: number; readonly problems: Readonly<Record<string, string>> };

export const notFinite = jobRegistry(
  defineJob('not-finite-places', async (seed: number, { gpu, now }): Promise<NotFinitePlaces> => {
    const device = await Device.open(sharedGpu(gpu), { now, defaultLimits: true });
    const { normalisation: _bytes, augment: _random, ...common } = OPTIONS;
    const model = await DenseNet.create(device, { ...SMALL, dropout: 0 }, { seed: 3 });
    const trainer = await Trainer.create(model, common);
    const good = floatBatch(1);
    await trainer.step(good);
    const state = await model.stateDict();
    const random = new Random(seed);
    const problems: Record<string, string> = {};
    let places = 0;
    for (const [name, tensor] of state) {
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
        // Refused as a negative variance, whatever else is allowed.
        if (value < 0 && name.endsWith('running_var')) continue;
        const poisoned = tensor.values.slice();
        const at = random.integer(0, poisoned.length - 1);
        poisoned[at] = value;
        model.loadStateDict(new Map([...state, [name, { ...tensor, values: poisoned }]]), { nonFinite: 'allow' });
        const before = await trainer.state();
        const found = await told(trainer.step(good));
        const kind = /running_(mean|var)$/.test(name) ? 'statistic' : 'parameter';
        const after = difference(await trainer.state(), before);
        const wanted = `step ${before.steps}: ${kind} ${name}; same steps, same bits`;
        const problem = `${found}; ${after}`;
        if (problem !== wanted) problems[`${value} at ${at} of ${name}`] = problem;
        places++;
      }
    }
    device.destroy();
    return { places, problems };
  }),
  defineJob('not-finite', async (_request, { gpu, now }) => {
    const device = await Device.open(sharedGpu(gpu), { now, defaultLimits: true });
    const { normalisation: _bytes, augment: _random, ...common } = OPTIONS;
    let rate = 0.05;
    const options: TrainerOptions = { ...common, schedule: () => rate };
    const model = await DenseNet.create(device, { ...SMALL, dropout: 0 }, { seed: 3 });
    const trainer = await Trainer.create(model, options);
    const [good, other] = [floatBatch(1), floatBatch(2)];
    await trainer.step(good);
    await trainer.step(other);
    const start = await trainer.state();

    const flight = [trainer.step(bad(good, 2, Number.NaN)), trainer.step(good), trainer.step([good, other])].map(told);
    const underWay = trainer.state();
    const together = await Promise.all(flight);
    const stateUnderWay = difference(await underWay, start);
    const stateAfter = difference(await trainer.state(), start);
    const { stepCount } = trainer;
    await trainer.step(other);
    const next = await trainer.state();
    trainer.restore(start);
    await trainer.step(other);
    const goesOn = difference(next, await trainer.state());

    trainer.restore(start);
    const microBatch = await told(trainer.step([good, bad(other, 1, Number.NEGATIVE_INFINITY)]));
    // Finite gradients and optimizerState, and an update that is not.
    const pushed = { ...start, optimizerState: start.optimizerState.map((values) => values.map(() => 1e5)) };
    trainer.restore(pushed);
    rate = 1e38;
    const largeRate = `${await told(trainer.step(good))}; ${difference(await trainer.state(), pushed)}`;
    rate = 0.05;
    trainer.restore(start);
    const largeImage = await told(trainer.step(bad(good, 0, 1e30)));
    const gradients = await trainer.gradients(bad(good, 3, Number.POSITIVE_INFINITY));
    const changed = difference(await trainer.state(), start);

    const state: StateDict = await model.stateDict();
    const poisoned = new Map([...state].map(([name, tensor]) => [name, { ...tensor, values: tensor.values.slice() }]));
    poisoned.get('features.denseblock1.denselayer2.norm1.weight')?.values.fill(Number.NaN, 1, 2);
    const refused = await told(Promise.resolve().then(() => model.loadStateDict(poisoned)));
    model.loadStateDict(poisoned, { nonFinite: 'allow' });
    const loadedWeights = `${refused}; ${await told(trainer.step(good))}`;

    const inference = await Inference.create(model, { batch: BATCH, unroll: false });
    const { images } = bad(good, 1, Number.NaN);
    const floats = images instanceof Float32Array ? images : new Float32Array();
    const ofWeights = await told(inference.logits(floats, BATCH));
    model.loadStateDict(state);
    const ofImage = await told(inference.logits(floats, BATCH));
    const returned = await inference.logits(floats, BATCH, { nonFinite: 'return' });
    const verdicts = await inference.blame(floats, returned);
    const kept = `${returned.filter(Number.isFinite).length} kept, ${JSON.stringify(verdicts)}`;
    const explanations = new Explanations(model);
    const one = floats.slice(VALUES, 2 * VALUES);
    const explained = await told(explanations.explain(one, { method: 'input-gradient', label: 0 }));

    const autotuned = await Trainer.create(model, {
      ...options,
      optimizer: ADAMW,
      trainable: 'last-block',
      precision: 'f16-storage',
      recompute: true,
    });
    const first = await told(autotuned.step(good));
    const before = await autotuned.state();
    const badTuning = await told(autotuned.step(bad(other, 2, Number.POSITIVE_INFINITY)));
    const unchanged = difference(await autotuned.state(), before);
    const fineTuning = [first, badTuning, unchanged, await told(autotuned.step(good))];

    device.destroy();
    const report: NotFiniteReport = {
      together,
      stateUnderWay,
      stateAfter,
      stepCount,
      goesOn,
      microBatch,
      largeRate,
      largeImage,
      changed,
      gradientsLoss: String(gradients.loss),
      loadedWeights,
      fineTuning,
      logits: [ofWeights, ofImage, kept, explained],
    };
    return report;
  }),
);
