// What a training does beside its optimizer: averaged weights, parameters frozen by name, and the learning-rate finder, on a
// small network.

import { DenseNet } from '../../src/densenet/model.ts';
import type { StateDict } from '../../src/densenet/state-dict.ts';
import { findLearningRate } from '../../src/densenet/train/lr-finder.ts';
import { optimizerWith } from '../../src/densenet/train/optimizers.ts';
import { NO_GROUPS } from '../../src/densenet/train/parameter-groups.ts';
import { Trainer, type TrainerOptions } from '../../src/densenet/train/trainer.ts';
import type { TrainerState } from '../../src/densenet/train/trainer-state.ts';
import { defineJob } from '../../src/jobs/define-job.ts';
import { Device } from '../../src/runtime/device.ts';
import { ConfigError, NotFiniteError } from '../../src/runtime/errors.ts';
import { sharedGpu } from './shared-gpu.ts';
import { byteBatch, differences, floatBatch, OPTIONS, SMALL } from './small-network.ts';

export type RecipesReport = {
  /** Of the averages against those of the states after each step, in float64: in units of what rounding allows. */
  readonly averageError: number;
  /** Tensors that differ though they must not, by what was done. */
  readonly differ: { readonly [what: string]: readonly string[] };
  /** Calls that were refused while the network had the averaged weights. */
  readonly refused: readonly string[];
  /** Parameters that a frozen training has changed, and running statistics that it has. */
  readonly trained: readonly string[];
  readonly moved: readonly string[];
  /** Optimizer state of frozen parameters that is not 0. */
  readonly frozenState: number;
  readonly frozenGradients: readonly string[];
  readonly sweep: { readonly points: number; readonly ended: string; readonly valley: number };
};

const DECAY = 0.75;
const STEPS = 4;
export const FROZEN = ['features.denseblock1.*', 'features.norm0.weight'];

export const recipes = defineJob('recipes', async (_request, { gpu, now }) => {
  const device = await Device.open(sharedGpu(gpu), { now, defaultLimits: true });
  const differ: Record<string, readonly string[]> = {};
  const made = async (options: Partial<TrainerOptions>) => {
    const model = await DenseNet.create(device, SMALL, { seed: 1 });
    return { model, trainer: await Trainer.create(model, { ...OPTIONS, ...options }) };
  };

  const average = { decay: DECAY, decayWarmup: false };
  const { model, trainer } = await made({ average });
  const states = [await model.stateDict()];
  let middle: TrainerState | undefined;
  for (let i = 0; i < STEPS; i++) {
    if (i === 2) middle = await trainer.state();
    await trainer.step(byteBatch(i));
    states.push(await model.stateDict());
  }
  const averaged = await trainer.averagedStateDict();
  const own = await model.stateDict();
  const refused: string[] = [];
  const inside = await trainer.withAverage(async () => {
    for (const call of [
      () => trainer.step(byteBatch(0)),
      () => trainer.state(),
      () => trainer.gradients(byteBatch(0)),
    ]) {
      await call().catch((error) => refused.push(error instanceof ConfigError ? error.field : String(error)));
    }
    return model.stateDict();
  });
  differ['the averages in the network'] = differences(averaged, inside);
  differ['the weights behind them'] = differences(own, await model.stateDict());
  const again = await made({ average });
  if (middle) again.trainer.restore(middle);
  for (let i = 2; i < STEPS; i++) await again.trainer.step(byteBatch(i));
  differ['averages from a state'] = differences(averaged, await again.trainer.averagedStateDict());
  differ['weights from a state'] = differences(own, await again.model.stateDict());
  const alone = await made({});
  for (let i = 0; i < STEPS; i++) await alone.trainer.step(byteBatch(i));
  differ['weights without an average'] = differences(own, await alone.model.stateDict());

  // Floats, so that an image may hold NaN.
  const { normalisation: _, augment: __, ...floats } = OPTIONS;
  const plain = await DenseNet.create(device, SMALL, { seed: 1 });
  const bad = await Trainer.create(plain, { ...floats, average });
  await bad.step(floatBatch(1));
  const good = await bad.averagedStateDict();
  const { images, labels } = floatBatch(2);
  const poisoned = { images: Float32Array.from(images, (x, i) => (i === 7 ? Number.NaN : x)), labels };
  await bad.step(poisoned).catch((error) => {
    if (!(error instanceof NotFiniteError)) throw error;
  });
  differ['averages behind NaN'] = differences(good, await bad.averagedStateDict());

  const frozen = await made({
    groups: { ...NO_GROUPS, freeze: FROZEN, decayNorms: false },
    optimizer: optimizerWith('rmsprop', { momentum: 0.9, centered: true, weightDecay: 0.1 }),
    clip: 0.5,
  });
  const initial = await frozen.model.stateDict();
  const { gradients } = await frozen.trainer.gradients(byteBatch(9));
  for (let i = 0; i < 2; i++) await frozen.trainer.step(byteBatch(i));
  const changed = differences(initial, await frozen.model.stateDict());
  const { optimizerState } = await frozen.trainer.state();
  const isFrozen = (name: string) => /^features\.(denseblock1\.|norm0\.weight$)/.test(name);
  const places = frozen.model.network.parameters.filter(({ name }) => isFrozen(name));
  const frozenState = optimizerState.reduce(
    (sum, values) =>
      sum + places.reduce((n, p) => n + values.subarray(p.offset, p.offset + p.count).filter((v) => v !== 0).length, 0),
    0,
  );

  const before = await alone.trainer.state();
  const { points, ended, suggestions } = await findLearningRate(alone.trainer, byteBatch, {
    from: 1e-4,
    to: 1e6,
    steps: 25,
    smoothing: 0.5,
  });
  const after = await alone.trainer.state();
  differ['the state behind a sweep'] = sameState(before, after) ? [] : ['state'];
  const report: RecipesReport = {
    averageError: averageError(states, averaged),
    differ,
    refused,
    trained: changed.filter((name) => !/running/.test(name)),
    moved: changed.filter((name) => /running/.test(name)),
    frozenState,
    frozenGradients: [...gradients.keys()].filter(isFrozen),
    sweep: { points: points.length, ended, valley: suggestions?.valley ?? Number.NaN },
  };
  device.destroy();
  return report;
});

/** In units of two roundings per step, each of the larger of the two numbers. */
function averageError(states: readonly StateDict[], averaged: StateDict): number {
  let worst = 0;
  for (const [name, { values }] of averaged) {
    for (const [i, got] of values.entries()) {
      let [expected, size] = [0, 0];
      for (const [t, state] of states.entries()) {
        const x = state.get(name)?.values[i] ?? Number.NaN;
        expected = t === 0 ? x : DECAY * expected + (1 - DECAY) * x;
        size = Math.max(size, Math.abs(x));
      }
      worst = Math.max(worst, Math.abs(got - expected) / (2 * STEPS * 2 ** -24 * size + 1e-38));
    }
  }
  return worst;
}

function sameState(a: TrainerState, b: TrainerState): boolean {
  const bits = ({ parameters, running, optimizerState }: TrainerState) =>
    [parameters, running, ...optimizerState].map((values) => new Uint32Array(values.buffer));
  const others = bits(b);
  return a.steps === b.steps && bits(a).every((words, i) => words.every((word, j) => word === others[i]?.[j]));
}
