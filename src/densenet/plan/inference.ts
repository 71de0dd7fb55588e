// The inference plan: every layer in evaluation mode. Section `load` runs once per set of weights.

import type { Region } from '../../runtime/program.ts';
import type { Network } from '../network.ts';
import { PlanBuilder, type Readback } from './builder.ts';
import * as evaluation from './evaluation.ts';
import type { FeatureMap, Precision } from './feature-map.ts';
import { classify, type InputKind, inputBuffers, readImages } from './forward.ts';
import { loadNorms } from './norms.ts';
import { PackedWeights } from './packing.ts';
import { nothingTrained, Scope } from './scope.ts';
import { DEFAULT_TILES, type TileConfig } from './tile-config.ts';

/** Runs that may be under way before the next waits for the oldest. */
const RUNS_UNDER_WAY = 2;

/** Which features stay readable after a run: none, the last block's, or all blocks'. */
export type KeepFeatures = boolean | 'all';

/** What an inference plan is compiled for. */
export interface InferencePlanOptions {
  /** 'float': images as they are, NCHW (the default); 'bytes': 8-bit pixels, normalised on the GPU. */
  readonly input?: InputKind | undefined;
  /** Which features stay readable after a run: the last block's (true), or all blocks' ('all'). */
  readonly keepFeatures?: KeepFeatures | undefined;
  /** How features are stored; default 'f32'. */
  readonly precision?: Precision | undefined;
  /** Whether float32 products use subgroup matrices where kernels and device can. Default false. */
  readonly floatMatrices?: boolean | undefined;
  /** Tiles, where they shall not be the kernels' defaults. */
  readonly tileConfig?: TileConfig | undefined;
}

/** Where an inference plan's inputs and results lie. */
export interface InferenceRegions {
  /** Images, NCHW: float32, or bytes. */
  readonly input: Region;
  /** vec2f per channel, where the input is bytes: pixel * x + y. */
  readonly normalisation: Region | undefined;
  /** The step's uniform. */
  readonly step: Region;
  /** [N][classes] */
  readonly logits: Region;
  /** The last block's channels, [C][row stride] (`features.grid`), after a run; only where it was asked for. */
  readonly features: FeatureMap | undefined;
  /** The same of every block, in their order; only where all were asked for. */
  readonly allFeatures: readonly FeatureMap[] | undefined;
}

export function recordInference(
  network: Network,
  batch: number,
  options: InferencePlanOptions = {},
): { plan: PlanBuilder; io: InferenceRegions; readback: Readback } {
  const { input: inputKind = 'float', keepFeatures = false, precision = 'f32', tileConfig = DEFAULT_TILES } = options;
  const weights = new PackedWeights(
    network,
    batch,
    { scope: Scope.forward, folded: nothingTrained(network) },
    tileConfig,
  );
  const matrices = precision === 'f16-matrix' || (precision === 'f32' && options.floatMatrices === true);
  const plan = new PlanBuilder(network, batch, weights, precision, tileConfig, Scope.forward, matrices);
  const { program } = plan;
  const { config } = network;
  const { input, normalisation } = inputBuffers(plan, inputKind);
  const logits = program.buffer('logits', batch * config.classes * 4, 'persistent', 'output');

  program.startSection('load');
  const shifts = evaluation.shiftsOf(plan);
  loadNorms(plan, network.norms, shifts);
  weights.record(plan, 'folded');

  program.startSection('forward');
  const image = plan.floatMap('image', config.inputChannels, plan.inputGrid, 'input');
  readImages(plan, input, normalisation, image.region);
  for (const [b, memory] of plan.blocks.entries()) {
    if (b === 0) evaluation.stem(plan, image.region, memory);
    for (const layer of memory.block.layers) evaluation.denseLayer(plan, memory, layer, shifts);
    const next = plan.blocks[b + 1];
    if (next && memory.block.transition) evaluation.transition(plan, memory, next, memory.block.transition);
    else {
      const pooled = plan.scratch('pooled features', network.norm5.channels * batch * 4);
      classify(plan, memory, pooled, logits);
    }
  }
  const all = plan.blocks.map((memory) => memory.features);
  for (const { region } of keepFeatures === 'all' ? all : keepFeatures ? all.slice(-1) : []) program.hold(region);
  const features = keepFeatures ? all.at(-1) : undefined;
  const allFeatures = keepFeatures === 'all' ? all : undefined;
  const io = { input, normalisation, step: plan.step, logits, features, allFeatures };
  return { plan, io, readback: { region: logits, depth: RUNS_UNDER_WAY } };
}
