// How right a library is, in two ways: a small network against PyTorch's numbers, and the timed network itself against
// ours, since what is right at 8x8 pixels can be wrong at 224x224 with a perfect loss.

import { compareTensors, groupReports, relativeError } from '../../src/densenet/golden/compare.ts';
import type { Golden } from '../../src/densenet/golden/golden.ts';
import { buildNetwork } from '../../src/densenet/network.ts';
import type { StateDict, StateTensor } from '../../src/densenet/state-dict.ts';
import type { SgdOptions } from '../../src/densenet/train/optimizers.ts';
import type { BaselineCheck, Difference } from '../sections/baselines/schema.ts';
import type { NetworkKind } from '../sections/throughput/schema.ts';
import type { Mode } from '../workloads.ts';
import type { Baseline } from './baseline.ts';

export type Tensors = Map<string, StateTensor>;

/** A step so long that rounding the new weights loses nothing of the gradient that is read off them. */
const LONG_STEP = 1024;

export async function checkBaseline(
  baseline: Baseline,
  golden: Golden,
  mode: Mode,
  kind: NetworkKind,
): Promise<BaselineCheck> {
  const computed = await (mode === 'inference' ? inferGolden : trainGolden)(baseline, golden);
  const names =
    mode === 'inference' ? /^eval\.logits$/ : /^(train\.loss|steps\.loss|(grad|running|after)\.(?!input$).*)$/;
  const expected = new Map([...golden.expected].filter(([name]) => names.test(name)));
  const groups = groupReports(compareTensors({ ...golden, expected }, computed)).map(({ group, worst, passed }) => ({
    group,
    error: Number.isFinite(worst.error) ? worst.error : null,
    allowed: worst.allowed,
    passed,
    worst: worst.name,
  }));
  return { kind, file: golden.file, passed: groups.length > 0 && groups.every(({ passed }) => passed), groups };
}

async function inferGolden(baseline: Baseline, { config, training, batch, state }: Golden): Promise<Tensors> {
  const model = await baseline.inference({ network: buildNetwork(config), state, batch: training.batch });
  const values = await model.logits(batch.images);
  await model.destroy();
  return new Map([['eval.logits', { shape: [training.batch, config.classes], values }]]);
}

async function trainGolden(baseline: Baseline, { config, training, batch, state, file }: Golden): Promise<Tensors> {
  const { optimizer, learningRate, steps } = training;
  const { images, labels } = batch;
  if (optimizer.kind !== 'sgd' || !(labels instanceof Int32Array) || training.clip > 0 || training.labelSmoothing > 0) {
    throw new TypeError(`${file} trains with more than SGD on class labels, which other libraries are not asked for`);
  }
  const request = { network: buildNetwork(config), state, batch: training.batch };
  const first = await baseline.training(request, optimizer);
  const tensors = await firstStep(first, { images, labels, state, optimizer, learningRate: LONG_STEP });
  await first.destroy();
  const again = await baseline.training(request, optimizer);
  const losses = new Float32Array(steps);
  for (let i = 0; i < steps; i++) losses[i] = await again.step(images, labels, learningRate);
  tensors.set('steps.loss', { shape: [steps], values: losses });
  for (const [name, tensor] of await again.state()) tensors.set(`after.${name}`, tensor);
  await again.destroy();
  return tensors;
}

export interface FirstStep {
  readonly images: Float32Array<ArrayBuffer>;
  readonly labels: Int32Array<ArrayBuffer>;
  /** Before the step. */
  readonly state: StateDict;
  readonly optimizer: SgdOptions;
  readonly learningRate: number;
}

type Trains = Awaited<ReturnType<Baseline['training']>>;

/** The loss, gradients and running statistics of a first step, under the golden files' names. */
export async function firstStep(model: Trains, given: FirstStep): Promise<Tensors> {
  const loss = await model.step(given.images, given.labels, given.learningRate);
  const tensors: Tensors = new Map([['train.loss', { shape: [1], values: new Float32Array([loss]) }]]);
  for (const [name, after] of await model.state()) {
    if (/\.running_(mean|var)$/.test(name)) tensors.set(`running.${name}`, after);
    else tensors.set(`grad.${name}`, gradientOf(given, name, after));
  }
  return tensors;
}

/** What moved a parameter in its first step, when its momentum was still zero. */
function gradientOf({ state, optimizer, learningRate }: FirstStep, name: string, after: StateTensor): StateTensor {
  const before = state.get(name)?.values ?? new Float32Array();
  const { momentum, nesterov, weightDecay } = optimizer;
  const length = learningRate * (nesterov ? 1 + momentum : 1);
  const values = after.values.map((value, i) => {
    const was = before[i] ?? Number.NaN;
    return (was - value) / length - weightDecay * was;
  });
  return { shape: after.shape, values };
}

/** Of deep networks: gradients differ by float32's own noise many layers later, everything else by far less. */
const allowedOf = (name: string): number => (name.startsWith('grad.') ? 0.05 : 1e-3);

/** The worst of the tensors relative to what is allowed. */
export function differenceFrom(ours: StateDict, theirs: StateDict): Difference {
  const reports = [...ours].map(([name, { values }]) => {
    const error = relativeError(theirs.get(name)?.values ?? [], values);
    return { name, error, allowed: allowedOf(name) };
  });
  const excess = ({ error, allowed }: (typeof reports)[number]) =>
    Number.isNaN(error) ? Number.POSITIVE_INFINITY : error / allowed;
  const [first, ...rest] = reports;
  if (!first) throw new TypeError('there is nothing to compare');
  const worst = rest.reduce((a, b) => (excess(b) > excess(a) ? b : a), first);
  return {
    worst: worst.name,
    error: Number.isFinite(worst.error) ? worst.error : null,
    allowed: worst.allowed,
    passed: worst.error <= worst.allowed,
  };
}
