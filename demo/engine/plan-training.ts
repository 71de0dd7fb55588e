// What a training would take, from its plan alone: nothing of it is allocated. Held-out images are tested by an inference
// plan beside it, whose memory counts too.

import { buildNetwork, type Network } from '../../src/densenet/network.ts';
import { type DeviceLimits, largestBatch } from '../../src/densenet/plan/memory.ts';
import { compileInference, compileTraining, describePlan } from '../../src/densenet/plan/plan.ts';
import { ConfigError, LimitError } from '../../src/runtime/errors.ts';
import type { PlanAnswer, PlanQuestion, PlanRefusal } from './train-protocol.ts';

const UNLIMITED: DeviceLimits = {
  maxBufferSize: Number.POSITIVE_INFINITY,
  maxStorageBufferBindingSize: Number.POSITIVE_INFINITY,
  maxComputeWorkgroupsPerDimension: Number.POSITIVE_INFINITY,
};

/** @throws ConfigError for a network that cannot be */
export function planTraining(question: PlanQuestion, limits: DeviceLimits): PlanAnswer {
  const network = buildNetwork(question.config);
  const cost = costOf(network, { ...question, batch: statisticsPossible(network, question) });
  const fits = (asked: PlanQuestion) => refusalOf(network, asked, limits) === null;
  const largest = (recompute: boolean) => {
    const asked = { ...question, recompute };
    return fits({ ...asked, batch: question.most })
      ? question.most
      : largestBatch(question.most, (batch) => fits({ ...asked, batch }));
  };
  const refusal = refusalOf(network, question, limits);
  const plain = question.config.bottleneckWidth === 0;
  return {
    ...cost,
    refusal,
    largestBatch: largest(question.recompute),
    largestRecomputed: refusal === null || question.recompute || plain ? null : largest(true),
  };
}

/** The batch, or two: a single image can have maps of single pixels, which the plan refuses. */
function statisticsPossible(network: Network, question: PlanQuestion): number {
  return question.batch === 1 && trainingError(network, question, UNLIMITED) instanceof ConfigError
    ? 2
    : question.batch;
}

function refusalOf(network: Network, question: PlanQuestion, limits: DeviceLimits): PlanRefusal | null {
  const error = trainingError(network, question, limits);
  if (error instanceof ConfigError) return { kind: 'statistics' };
  if (error) return { kind: 'limit', problem: error.message };
  return costOf(network, question).total > question.memory ? { kind: 'memory' } : null;
}

function trainingError(network: Network, question: PlanQuestion, limits: DeviceLimits): Error | undefined {
  try {
    compileTraining(network, question.batch, optionsOf(question), limits);
    return undefined;
  } catch (error) {
    if (error instanceof LimitError || error instanceof ConfigError) return error;
    throw error;
  }
}

const optionsOf = ({ trainable, optimizer, recompute, precision }: PlanQuestion) =>
  ({ loss: 'cross-entropy', input: 'bytes', optimizer, recompute, precision, trainable }) as const;

function costOf(network: Network, question: PlanQuestion) {
  const { batch, heldOut, precision } = question;
  const training = describePlan(compileTraining(network, batch, optionsOf(question), UNLIMITED));
  const tested = Math.max(1, Math.min(batch, heldOut));
  const testing = describePlan(compileInference(network, tested, UNLIMITED, { input: 'bytes', precision }));
  // Parameters belong to the model; both plans use them.
  const beside = testing.total - (testing.bytes.parameters ?? 0);
  const step = training.passes.filter(({ section }) => section !== 'load');
  const { parameters, trainable, macs } = training;
  return {
    ...{ parameters, trainable, macs, passes: step.length },
    flops: step.reduce((sum, pass) => sum + pass.flops, 0),
    bytes: { ...training.bytes, testing: beside },
    total: training.total + beside,
  };
}
