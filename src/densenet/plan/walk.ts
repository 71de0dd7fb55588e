// The way through a network and back: the layer functions of forward.ts and backward.ts, in their order.

import type { Region } from '../../runtime/program.ts';
import * as backward from './backward.ts';
import type { PlanBuilder } from './builder.ts';
import type { FeatureMap } from './feature-map.ts';
import * as forward from './forward.ts';
import type { TrainedBlock, TrainingMemory } from './training-memory.ts';
import { WeightGradients } from './weight-gradients.ts';

const endsOf = ({ blocks }: TrainingMemory): { first: TrainedBlock; last: TrainedBlock } => {
  const [first] = blocks;
  const last = blocks.at(-1);
  if (!first || !last) throw new Error('a network has at least one block');
  return { first, last };
};

/** From the image to the logits; returns the stem convolution's output, where it is kept for backward. */
export function recordForward(plan: PlanBuilder, memory: TrainingMemory, logits: Region): FeatureMap | undefined {
  const { first, last } = endsOf(memory);
  const kept = forward.stem(plan, memory, first);
  for (const [b, block] of memory.blocks.entries()) {
    for (const layer of block.block.layers) forward.denseLayer(plan, memory, block, layer);
    const next = memory.blocks[b + 1];
    if (block.block.transition && next) forward.transition(plan, block, next, block.block.transition);
  }
  forward.head(plan, memory, last, logits);
  return kept;
}

/**
 * From the logits' gradient as far back as the plan's scope reaches.
 * @param kept the stem convolution's output, where forward kept it
 * @param inputGradient where the input's gradient goes, NCHW; left out: not computed
 */
export function recordBackward(
  plan: PlanBuilder,
  memory: TrainingMemory,
  kept: FeatureMap | undefined,
  inputGradient: Region | undefined,
): void {
  const { first, last } = endsOf(memory);
  const sums = new WeightGradients(plan, memory.gradients);
  backward.head(plan, memory, last);
  for (const [b, block] of [...memory.blocks.entries()].toReversed()) {
    for (const layer of block.block.layers.toReversed()) backward.denseLayer(plan, memory, sums, block, layer);
    const before = memory.blocks[b - 1];
    if (before?.block.transition) backward.transition(plan, memory, sums, before, block, before.block.transition);
  }
  backward.stem(plan, memory, sums, first, kept, inputGradient);
  sums.sum();
}
