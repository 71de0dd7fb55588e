// The jobs of the Look inside view: what the network in use is made of, what its blocks would cost with copies, what one
// layer holds and takes, and how it does without some of its connections. None of them changes the network. A place in a
// block: 0 is what came in, 1 to L its layers, L + 1 what follows it.

import { inMemory } from '../../src/data/dataset.ts';
import { imageBytes, type LabelledImages } from '../../src/data/idx.ts';
import {
  ablateConnections,
  type BlockReuse,
  type Connection,
  concatenationCost,
  copiedBytes,
  featureReuse,
  readBlockFeatures,
} from '../../src/densenet/explain/feature-reuse.ts';
import { Inference } from '../../src/densenet/inference.ts';
import { DenseNet } from '../../src/densenet/model.ts';
import type { Norm, Parameter } from '../../src/densenet/network.ts';
import { recordInference } from '../../src/densenet/plan/inference.ts';
import { describePlan } from '../../src/densenet/plan/plan.ts';
import { defineJob, type JobContext, jobRegistry } from '../../src/jobs/define-job.ts';
import { ConfigError } from '../../src/runtime/errors.ts';
import { timeRepeated } from '../../src/runtime/pass-timing.ts';
import { slice } from '../../src/runtime/program.ts';
import { Stopwatch } from '../../src/runtime/stopwatch.ts';
import { evaluateWith, logitsSource } from '../../src/training/evaluate.ts';
import type { Of } from '../contract.ts';
import { layerParts, type Place } from './inside-layer.ts';
import type { Loaded } from './loaded.ts';

export type InsideLayer = {
  /** Torchvision's name. */
  readonly name: string;
  /** Channels that it reads, and that it adds. */
  readonly inputs: number;
  readonly growthRate: number;
  /** Channels between its two convolutions; null where it has only one. */
  readonly bottleneckOutput: number | null;
};

export type InsideBlock = {
  readonly name: string;
  readonly inputs: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly layers: readonly InsideLayer[];
  /** Channels after the transition that follows; null for the last block, which the classifier follows. */
  readonly kept: number | null;
};

/** What `inside-network` answers. */
export type InsideNetwork = {
  readonly stem: { readonly size: number; readonly inputs: number; readonly outputs: number; readonly pooled: boolean };
  readonly classes: number;
  readonly blocks: readonly InsideBlock[];
  readonly reuse: readonly BlockReuse[];
};

/** What `inside-copies` answers for a batch: a value per block. */
export type InsideCopies = {
  readonly batch: number;
  readonly blocks: readonly {
    /** One channel of the whole batch. */
    readonly channelBytes: number;
    /** Channels that each reader would copy, had every layer memory of its own. */
    readonly channels: readonly number[];
    /** Bytes that the plan itself copies. */
    readonly copied: number;
  }[];
};

export type InsidePass = {
  /** What runs: the path of its shader. */
  readonly kernel: string;
  readonly flops: number;
  readonly bytes: number;
};

export interface Weight {
  readonly name: string;
  /** [outputs][inputs], and a convolution's taps. */
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** A batch norm, a value per channel. */
export interface NormValues {
  readonly name: string;
  readonly scale: Float32Array;
  readonly shift: Float32Array;
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

/** What `inside-layer` answers. */
export interface LayerInside {
  /** What it wrote for the picture, [count][height][width]; undefined for the classifier, which writes no maps. */
  readonly maps:
    | { readonly count: number; readonly height: number; readonly width: number; readonly values: Float32Array }
    | undefined;
  readonly weights: readonly Weight[];
  readonly norms: readonly NormValues[];
  readonly passes: readonly InsidePass[];
}

/** What `inside-layer` is asked: a place, and the picture that the feature maps are of. */
export type LayerRequest = Of &
  Place & {
    /** Bytes [C][H][W]. */
    readonly pixels: Uint8Array<ArrayBuffer>;
  };

/** What `inside-times` answers: GPU time of each of the layer's passes, or why there is none. */
export type PassTimes =
  | { readonly kind: 'timed'; readonly nanoseconds: readonly number[] }
  /** `detail`: what is wrong with the timestamps, in the engine's words. */
  | { readonly kind: 'none'; readonly why: 'no timestamps' }
  | { readonly kind: 'none'; readonly why: 'not to be trusted'; readonly detail: string };

export type AblationEvent = { readonly done: number; readonly all: number };

/** What `inside-ablation` is asked: connections to leave out, and the images to evaluate the rest on. */
export type AblationRequest = Of & { readonly disabled: readonly Connection[]; readonly images: LabelledImages };

/** What `inside-ablation` answers. */
export interface Outcome {
  /** The share of the images that is right. */
  readonly accuracy: number;
  /** [count][classes] */
  readonly logits: Float32Array;
}

export const insideJobs = (loaded: Loaded) =>
  jobRegistry(
    defineJob('inside-network', ({ network }: Of) =>
      loaded.enqueueFor(network, () => describeNetwork(loaded.inference)),
    ),
    defineJob('inside-copies', ({ network, batch }: Of & { readonly batch: number }) =>
      loaded.enqueueFor(network, async () => copies(loaded.inference, batch)),
    ),
    defineJob('inside-layer', (request: LayerRequest) =>
      loaded.enqueueFor(request.network, () => layer(loaded.inference, request)),
    ),
    defineJob('inside-times', ({ network, ...place }: Of & Place, { signal }) =>
      loaded.enqueueFor(network, () => times(loaded.inference, place, signal)),
    ),
    defineJob('inside-ablation', (request: AblationRequest, context: JobContext<AblationEvent>) =>
      evaluateAblation(loaded, request, context),
    ),
  );

async function describeNetwork({ model }: Inference): Promise<InsideNetwork> {
  const { network } = model;
  const { conv, norm, layers } = network.stem;
  return {
    stem: {
      size: conv.size,
      inputs: conv.inputs,
      outputs: layers.at(-1)?.conv.outputs ?? conv.outputs,
      pooled: norm !== undefined,
    },
    classes: network.config.classes,
    blocks: network.blocks.map(({ name, inputs, channels, map, layers, transition }) => ({
      name,
      inputs,
      channels,
      height: map.height,
      width: map.width,
      layers: layers.map((each) => ({
        name: each.name,
        inputs: each.inputs,
        growthRate: each.growthRate,
        bottleneckOutput: each.kind === 'bottleneck' ? each.conv1.outputs : null,
      })),
      kept: transition?.conv.outputs ?? null,
    })),
    reuse: featureReuse(network, await model.stateDict()),
  };
}

/** By a plan of that batch, as it would be run. */
function copies({ model }: Inference, batch: number): InsideCopies {
  const { plan } = recordInference(model.network, batch);
  const blocks = plan.blocks.map(({ block, grid, features }) => ({
    channelBytes: grid.bytes(1),
    channels: concatenationCost(block).channels,
    copied: copiedBytes(plan.program, features),
  }));
  return { batch, blocks };
}

async function layer(inference: Inference, { pixels, ...place }: LayerRequest): Promise<LayerInside> {
  const { plan, model } = inference;
  const { written, weights, norms, owns } = layerParts(model.network, place);
  const map = written && model.network.blocks[written.block]?.map;
  if (written) await inference.logits(pixels, 1);
  const values = written && (await readBlockFeatures(inference, written));
  const readWeights: Weight[] = [];
  for (const weight of weights) {
    readWeights.push({ name: weight.name, shape: weight.shape, values: await parameter(inference, weight) });
  }
  const readNorms: NormValues[] = [];
  for (const norm of norms) readNorms.push(await normValues(inference, norm));
  return {
    maps: written && map && values ? { count: written.count, height: map.height, width: map.width, values } : undefined,
    weights: readWeights,
    norms: readNorms,
    passes: describePlan(plan)
      .passes.filter(({ section, label }) => section === 'forward' && owns(label))
      .map(({ kernel, flops, bytes }) => ({ kernel, flops, bytes })),
  };
}

const parameter = (inference: Inference, { offset, count }: Parameter) =>
  inference.read(slice(inference.plan.builder.parameters, offset * 4, count * 4));

async function normValues(inference: Inference, norm: Norm): Promise<NormValues> {
  const { name, channels, gamma, beta, varianceOffset } = norm;
  const running = await inference.read(inference.plan.builder.runningOf(norm));
  return {
    name,
    scale: await parameter(inference, gamma),
    shift: await parameter(inference, beta),
    mean: running.subarray(0, channels),
    variance: running.subarray(varianceOffset, varianceOffset + channels),
  };
}

/** Enough for a median; a layer has two passes or three. */
const EFFORT = { samples: 5, milliseconds: 1500 };

async function times(inference: Inference, place: Place, signal: AbortSignal): Promise<PassTimes> {
  const { device, network } = inference.model;
  const { owns } = layerParts(network, place);
  const { program, run, passes } = inference.timed;
  const own = passes.filter((index) => owns(program.passes[index]?.label ?? ''));
  if (!device.gpu.features.has('timestamp-query')) return { kind: 'none', why: 'no timestamps' };
  const stopwatch = await Stopwatch.create(device);
  try {
    const { clock } = stopwatch;
    if (clock.kind === 'wall clock') return { kind: 'none', why: 'not to be trusted', detail: clock.reason };
    const onPass = () => signal.throwIfAborted();
    const timings = await timeRepeated(device, { program, run, passes: own }, stopwatch, { ...EFFORT, onPass });
    return { kind: 'timed', nanoseconds: timings.map((timing) => median(timing?.nanoseconds ?? [])) };
  } finally {
    stopwatch.destroy();
  }
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const BATCH = 25;

/**
 * How the network in use would do without some of its connections: a copy of it, with those weights zero, on labelled images.
 * The copy lives only as long as it is asked, so nothing is left behind; its shaders are compiled once. Reports after each
 * part of the images, and stops between two of them: then there is no outcome.
 */
async function evaluateAblation(
  loaded: Loaded,
  { network, disabled, images }: AblationRequest,
  context: JobContext<AblationEvent>,
): Promise<Outcome | undefined> {
  // Only the copying waits for what uses the network: from there on nothing of it is touched.
  const inference = await loaded.enqueueFor(network, () =>
    copyOf(loaded.inference, disabled, Math.min(BATCH, images.count)),
  );
  try {
    const { classes } = inference.model.config;
    const logits = new Float32Array(images.count * classes);
    let right = 0;
    for (let done = 0; done < images.count; done += BATCH) {
      if (context.signal.aborted) return undefined;
      const part = partOf(images, done, Math.min(BATCH, images.count - done));
      const evaluated = await evaluateWith(logitsSource(inference), inMemory(part));
      right += evaluated.accuracy * part.count;
      logits.set(evaluated.logits, done * classes);
      context.report({ done: done + part.count, all: images.count });
    }
    return { accuracy: right / images.count, logits };
  } finally {
    inference.destroy();
    inference.model.destroy();
  }
}

async function copyOf(
  { model, normalisation }: Inference,
  disabled: readonly Connection[],
  batch: number,
): Promise<Inference> {
  if (!normalisation) throw new ConfigError('normalisation', 'none', 'is known of this network');
  const state = ablateConnections(model.network, await model.stateDict(), disabled);
  const copy = await DenseNet.create(model.device, model.config, { state });
  return Inference.create(copy, { batch, normalisation }).catch((error) => {
    copy.destroy();
    throw error;
  });
}

function partOf(images: LabelledImages, first: number, count: number): LabelledImages {
  const bytes = imageBytes(images);
  const pixels = images.pixels.subarray(first * bytes, (first + count) * bytes);
  return { ...images, count, pixels, labels: images.labels.subarray(first, first + count) };
}
