// The way through a network and back: the functions of stem.ts, forward.ts, backward.ts and evaluation.ts, in their order.

import type { Region } from '../../runtime/program.ts';
import * as backward from './backward.ts';
import type { PlanBuilder } from './builder.ts';
import * as evaluation from './evaluation.ts';
import type { FeatureMap } from './feature-map.ts';
import * as forward from './forward.ts';
import * as stem from './stem.ts';
import type { TrainingMemory } from './training-memory.ts';
import { WeightGradients } from './weight-gradients.ts';

/**
 * From the image to the logits; returns what the stem's convolutions wrote, where it is kept for backward.
 * @param shifts of the norms of frozen blocks (`evaluation.shiftsOf`); left out where there are none
 */
export function recordForward(
  plan: PlanBuilder,
  memory: TrainingMemory,
  logits: Region,
  shifts?: Region,
): readonly FeatureMap[] {
  const { frozen, blocks } = memory;
  const [first] = blocks;
  if (shifts) recordFrozen(plan, memory, shifts);
  const kept = first && frozen.length === 0 ? stem.forward(plan, memory, first) : [];
  for (const [b, block] of blocks.entries()) {
    for (const layer of block.block.layers) forward.denseLayer(plan, memory, block, layer);
    const next = blocks[b + 1];
    if (block.block.transition && next) forward.transition(plan, block, next, block.block.transition);
  }
  const last = blocks.at(-1);
  const lastFrozen = frozen.at(-1);
  if (last) forward.head(plan, memory, last, logits);
  else if (lastFrozen) forward.classify(plan, lastFrozen, memory.pooled, logits);
  return kept;
}

/** The stem and the blocks ahead of what is trained, up to the transition out of them. */
function recordFrozen(plan: PlanBuilder, { frozen, blocks, image }: TrainingMemory, shifts: Region): void {
  for (const [b, from] of frozen.entries()) {
    if (b === 0) evaluation.stem(plan, image.region, from);
    for (const layer of from.block.layers) evaluation.denseLayer(plan, from, layer, shifts);
    const { transition } = from.block;
    const next = frozen[b + 1];
    if (transition && next) evaluation.transition(plan, from, next, transition);
    else if (transition && blocks[0]) forward.enter(plan, from, blocks[0], transition);
  }
}

/**
 * From the logits' gradient as far back as the plan's scope reaches.
 * @param kept what the stem's convolutions wrote, where forward kept it
 * @param inputGradient where the input's gradient goes, NCHW; left out: not computed
 */
export function recordBackward(
  plan: PlanBuilder,
  memory: TrainingMemory,
  kept: readonly FeatureMap[],
  inputGradient: Region | undefined,
): void {
  const { frozen, blocks } = memory;
  backward.classifier(plan, memory);
  const last = blocks.at(-1);
  const [first] = blocks;
  if (!first || !last) return;
  const sums = new WeightGradients(plan, memory);
  backward.head(plan, memory, last);
  for (const [b, block] of [...blocks.entries()].toReversed()) {
    for (const layer of block.block.layers.toReversed()) backward.denseLayer(plan, memory, sums, block, layer);
    const before = blocks[b - 1];
    if (before?.block.transition) backward.transition(plan, memory, sums, before, block, before.block.transition);
  }
  if (frozen.length === 0) stem.backward(plan, memory, sums, first, kept, inputGradient);
  sums.sum();
}
