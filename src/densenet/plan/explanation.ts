// The explanation plan: forward as in evaluation, then backward from any gradient at the logits to the input or to a
// module's output, and no further. No loss, no parameter's gradient, no correction. Section `load` runs once per set
// of weights.

import type { Region } from '../../runtime/program.ts';
import type { ExplanationTarget } from '../explain/target.ts';
import type { Network } from '../network.ts';
import { recordBackward } from './backward.ts';
import { PlanBuilder, type Readback } from './builder.ts';
import { FeatureMap } from './feature-map.ts';
import { type InputKind, inputBuffers, readImages, recordForward } from './forward.ts';
import { loadNorms } from './norms.ts';
import { PackedWeights } from './packing.ts';
import { Scope } from './scope.ts';
import { DEFAULT_TILES, type TileConfig } from './tile-config.ts';
import { TrainingMemory } from './training-memory.ts';

/** Backward goes through every norm. */
const NOTHING_FOLDED = { stem: true, firstBlock: 0 } as const;
/** Results are read one run after another. */
const RUNS_UNDER_WAY = 1;

/** What an explanation plan is compiled for. */
export interface ExplanationPlanOptions {
  /** Where the gradient is taken. */
  readonly target: ExplanationTarget;
  /** 'float': images as they are, NCHW (the default); 'bytes': 8-bit pixels, normalised on the GPU. */
  readonly input?: InputKind | undefined;
  /** Tiles, where they shall not be the kernels' defaults. */
  readonly tileConfig?: TileConfig | undefined;
}

/** Where an explanation plan's inputs and results lie. */
export interface ExplanationRegions {
  /** Images, NCHW: float32, or bytes. */
  readonly input: Region;
  /** vec2f per channel, where the input is bytes: pixel * x + y. */
  readonly normalisation: Region | undefined;
  /** The step's uniform. */
  readonly step: Region;
  /** [N][classes] */
  readonly logits: Region;
  /** [N][classes]: the gradient at the logits that backward starts from. */
  readonly seeds: Region;
  /** d (seeds . logits) / d input, NCHW; only where the target is the input. */
  readonly inputGradient: Region | undefined;
  /** The target's features, [C][row stride]; those before norm5 where the target is the head; not for the input. */
  readonly features: FeatureMap | undefined;
  /** Their gradient; only where the target is a block's, a transition's or the stem's. */
  readonly gradient: FeatureMap | undefined;
}

export function recordExplanation(
  network: Network,
  batch: number,
  { target, input: inputKind = 'float', tileConfig = DEFAULT_TILES }: ExplanationPlanOptions,
): { plan: PlanBuilder; io: ExplanationRegions; readback: Readback } {
  const { config, classifier } = network;
  const behind = {
    input: undefined,
    features: target.kind === 'features' ? target.behind : undefined,
    head: classifier.bias,
  };
  const scope = Scope.explanation(behind[target.kind]);
  const weights = new PackedWeights(network, batch, { scope, folded: NOTHING_FOLDED }, tileConfig);
  const plan = new PlanBuilder(network, batch, weights, 'f32', tileConfig, scope);
  const { program } = plan;
  const seeds = program.buffer('logit gradients', batch * config.classes * 4, 'persistent', 'input');
  const memory = new TrainingMemory(plan, false, seeds);
  const { input, normalisation } = inputBuffers(plan, inputKind);
  const logits = program.buffer('logits', batch * config.classes * 4, 'persistent', 'output');
  const values = config.inputChannels * plan.inputGrid.columns;
  const inputGradient =
    target.kind === 'input' ? program.buffer('input gradient', values * 4, 'persistent', 'output') : undefined;

  program.startSection('load');
  loadNorms(plan, network.norms);
  weights.record(plan, 'plain');

  program.startSection('forward');
  readImages(plan, input, normalisation, memory.image.region);
  const kept = recordForward(plan, memory, logits);

  program.startSection('backward');
  recordBackward(plan, memory, kept, inputGradient);

  const { features, gradient } = readBack(memory, target);
  for (const map of [features, gradient]) if (map) program.hold(map.region);
  const io = { input, normalisation, step: plan.step, logits, seeds, inputGradient, features, gradient };
  return { plan, io, readback: { region: logits, depth: RUNS_UNDER_WAY } };
}

/** What of the target the caller reads. */
function readBack(
  memory: TrainingMemory,
  target: ExplanationTarget,
): Pick<ExplanationRegions, 'features' | 'gradient'> {
  if (target.kind === 'input') return { features: undefined, gradient: undefined };
  if (target.kind === 'head') return { features: memory.blocks.at(-1)?.features, gradient: undefined };
  const block = memory.blocks.find(({ block }) => block === target.block);
  if (!block) throw new Error(`${target.name} is a target of another network`);
  const rows = (map: FeatureMap) => new FeatureMap(map.rows(0, target.channels), map.grid);
  return { features: rows(block.features), gradient: rows(block.gradient) };
}
