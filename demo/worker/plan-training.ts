// What a training would take, from its plan alone: nothing of it is allocated. Held-out images are tested by an inference
// plan beside it, whose memory counts too.

import type { DenseNetConfig } from '../../src/densenet/config.ts';
import { buildNetwork, type Network } from '../../src/densenet/network.ts';
import type { Precision } from '../../src/densenet/plan/feature-map.ts';
import { recordInference } from '../../src/densenet/plan/inference.ts';
import { type DeviceLimits, describePlan, exceeds } from '../../src/densenet/plan/plan.ts';
import type { Trainable } from '../../src/densenet/plan/scope.ts';
import { recordTraining } from '../../src/densenet/plan/training.ts';
import type { OptimizerKind } from '../../src/densenet/train/optimizers.ts';
import { ConfigError } from '../../src/runtime/errors.ts';
import type { Program } from '../../src/runtime/program.ts';

/** What `plan` is asked: a training, and what may be taken for it. */
export type PlanQuestion = {
  readonly config: DenseNetConfig;
  readonly batch: number;
  /** Images that are held out: they are tested with batches of their own. */
  readonly validation: number;
  readonly trainable: Trainable;
  readonly optimizer: OptimizerKind;
  readonly recompute: boolean;
  readonly precision: Precision;
  /** Bytes of GPU memory. */
  readonly memory: number;
  /** The largest batch of interest. */
  readonly most: number;
};

export type PlanAnswer = {
  readonly parameters: number;
  /** Those that training changes. */
  readonly trainable: number;
  /** Multiply-adds of one image's forward pass. */
  readonly macs: number;
  /** Of one update, and the floating-point operations of them. */
  readonly passes: number;
  readonly flops: number;
  /** Bytes of GPU memory by purpose, and all of them. */
  readonly bytes: Readonly<Record<string, number>>;
  readonly total: number;
  /** Why it cannot be: more memory than may be taken, one of this GPU's limits (in words), or no batch statistics. */
  readonly refusal: PlanRefusal | null;
  /** The largest batch up to `most` that can be; 0: none. */
  readonly largestBatch: number;
  /** The same if bottlenecks were computed again in backward; null where that was asked for already, or changes nothing. */
  readonly largestRecomputed: number | null;
};

export type PlanRefusal =
  | { readonly kind: 'memory' }
  | { readonly kind: 'limit'; readonly problem: string }
  | { readonly kind: 'statistics' };

/** @throws ConfigError for a network that cannot be */
export function planTraining(question: PlanQuestion, limits: DeviceLimits): PlanAnswer {
  const network = buildNetwork(question.config);
  const judge = (asked: PlanQuestion) => judgePlan(network, asked, limits);
  const largest = (recompute: boolean) =>
    largestWithin(question.most, (batch) => judge({ ...question, recompute, batch }).strain);
  const { refusal, cost } = judge(question);
  const nothingToRecompute = question.recompute || question.config.bottleneckWidth === 0;
  return {
    // Without batch statistics there is no plan; one of two images stands for it.
    ...(cost ?? costOf(network, { ...question, batch: 2 }, limits).cost),
    refusal,
    largestBatch: largest(question.recompute),
    largestRecomputed: refusal === null || nothingToRecompute ? null : largest(true),
  };
}

type Cost = Omit<PlanAnswer, 'refusal' | 'largestBatch' | 'largestRecomputed'>;

interface Judged {
  readonly refusal: PlanRefusal | null;
  readonly cost?: Cost;
  /** What it takes as a share of what there is, of whatever is scarcest: above 1 it is refused. */
  readonly strain: number;
}

function judgePlan(network: Network, question: PlanQuestion, limits: DeviceLimits): Judged {
  try {
    const { cost, problem, strain } = costOf(network, question, limits);
    const share = cost.total / question.memory;
    if (share > 1) return { refusal: { kind: 'memory' }, cost, strain: Math.max(share, strain) };
    if (problem === undefined) return { refusal: null, cost, strain: Math.min(1, Math.max(share, strain)) };
    return { refusal: { kind: 'limit', problem }, cost, strain: Math.max(strain, 1 + Number.EPSILON) };
  } catch (error) {
    if (error instanceof ConfigError) return { refusal: { kind: 'statistics' }, strain: Number.POSITIVE_INFINITY };
    throw error;
  }
}

/** @throws ConfigError where batch statistics would be over one value */
function costOf(network: Network, question: PlanQuestion, limits: DeviceLimits) {
  const { batch, validation, trainable, optimizer, recompute, precision } = question;
  const options = { loss: 'cross-entropy', input: 'bytes', optimizer, recompute, precision, trainable } as const;
  const recorded = recordTraining(network, batch, options);
  const training = describePlan({ network, batch, builder: recorded.plan, ...recorded });
  const tests = Math.max(1, Math.min(batch, validation));
  const tested = recordInference(network, tests, { input: 'bytes', precision });
  const testing = describePlan({ network, batch: tests, builder: tested.plan, ...tested });
  // Parameters belong to the model; both plans use them.
  const beside = testing.total - (testing.bytes.parameters ?? 0);
  const step = training.passes.filter(({ section }) => section !== 'load');
  const { parameters, trainableParameters: trained, macs } = training;
  const cost: Cost = {
    parameters,
    trainable: trained,
    macs,
    passes: step.length,
    flops: step.reduce((sum, pass) => sum + pass.flops, 0),
    bytes: { ...training.bytes, testing: beside },
    total: training.total + beside,
  };
  const programs = [recorded.plan.program, tested.plan.program];
  const problem = programs.map((program) => exceeds(program, limits)).find((words) => words !== undefined);
  return { cost, problem, strain: Math.max(...programs.map((program) => bindingStrain(program, limits))) };
}

/** The largest binding as a share of what the device allows. */
const bindingStrain = ({ passes }: Program, { maxStorageBufferBindingSize }: DeviceLimits): number =>
  passes.reduce(
    (most, { regions }) => [...regions.values()].reduce((larger, { bytes }) => Math.max(larger, bytes), most),
    0,
  ) / maxStorageBufferBindingSize;

/** Tries along the line between the nearest batches that are known; what grows with a batch grows in proportion. */
const STRAIGHT = 6;

/**
 * The largest batch that fits, in few tries: each is a plan to record, which takes a large network a tenth of a second.
 *
 * The largest n from 1 to `most` with `strain(n)` at most 1; 0 where there is none. The strain grows with n: but for a
 * smallest n that is impossible by itself (infinite).
 */
export function largestWithin(most: number, strain: (n: number) => number): number {
  let good = { n: 0, strain: 0 };
  let bad = { n: most, strain: strain(most) };
  if (bad.strain <= 1) return most;
  for (let tries = 0; bad.n - good.n > 1; tries++) {
    const straight = good.n + ((1 - good.strain) / (bad.strain - good.strain)) * (bad.n - good.n);
    const middle = (good.n + bad.n) / 2;
    const guess = tries < STRAIGHT && Number.isFinite(straight) ? straight : middle;
    const n = Math.min(bad.n - 1, Math.max(good.n + 1, Math.floor(guess)));
    const tried = { n, strain: strain(n) };
    if (tried.strain <= 1) good = tried;
    else bad = tried;
  }
  return good.n;
}
