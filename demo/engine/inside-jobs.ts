// The jobs of the Look inside view: what the network in use is made of, what its blocks would cost with copies, what one
// layer holds and takes, and how it does without some of its connections. None of them changes the network.

import {
  concatenationCost,
  copiedBytes,
  featureReuse,
  readBlockFeatures,
} from '../../src/densenet/explain/feature-reuse.ts';
import type { Inference } from '../../src/densenet/inference.ts';
import type { Norm, Parameter } from '../../src/densenet/network.ts';
import { recordInference } from '../../src/densenet/plan/inference.ts';
import { describePlan } from '../../src/densenet/plan/plan.ts';
import type { HostContext, Jobs } from '../../src/jobs/job.ts';
import { attachment, type Message, message } from '../../src/jobs/message.ts';
import { timeRepeated } from '../../src/runtime/pass-timing.ts';
import { slice } from '../../src/runtime/program.ts';
import { Stopwatch } from '../../src/runtime/stopwatch.ts';
import type {
  CopiesRequest,
  InsideCopies,
  InsideNetwork,
  LayerHead,
  PassTimes,
  Place,
} from '../inside/inside-protocol.ts';
import { cutConnections } from './inside-cut.ts';
import { layerParts } from './inside-layer.ts';
import type { Loaded } from './loaded.ts';
import type { Of } from './protocol.ts';

export const insideJobs = (loaded: Loaded): Jobs => ({
  'inside-network': (input) =>
    loaded.serialWith(idOf(input), async () => message(await describeNetwork(loaded.inference))),
  'inside-copies': (input) =>
    loaded.serialWith(idOf(input), async () =>
      message(copies(loaded.inference, (input.head as CopiesRequest & Of).batch)),
    ),
  'inside-layer': (input) => loaded.serialWith(idOf(input), () => layer(loaded.inference, input)),
  'inside-times': (input, context) =>
    loaded.serialWith(idOf(input), async () =>
      message(await times(loaded.inference, input.head as Place & Of, context)),
    ),
  'inside-cut': (input, context) => cutConnections(loaded, input, context),
});

const idOf = ({ head }: Message): string => (head as Of).network;

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
      ...{ name, inputs, channels, height: map.height, width: map.width },
      layers: layers.map((each) => ({
        ...{ name: each.name, inputs: each.inputs, growthRate: each.growthRate },
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

/** Takes the attachment `pixels`, bytes [C][H][W]: the picture that the feature maps are of. */
async function layer(inference: Inference, input: Message): Promise<Message> {
  const { plan, model } = inference;
  const { written, weights, norms, owns } = layerParts(model.network, input.head as Place & Of);
  const found: Record<string, Uint8Array> = {};
  const put = (name: string, values: Float32Array<ArrayBuffer>) => {
    found[name] = new Uint8Array(values.buffer);
  };
  if (written) {
    await inference.logits(attachment(input, 'pixels').slice(), 1);
    put('maps', await readBlockFeatures(inference, written));
  }
  for (const [i, weight] of weights.entries()) put(`weight ${i}`, await parameter(inference, weight));
  for (const [i, norm] of norms.entries()) put(`norm ${i}`, await normValues(inference, norm));
  const map = written && model.network.blocks[written.block]?.map;
  const head: LayerHead = {
    maps: written && map ? { count: written.count, ...map } : null,
    weights: weights.map(({ name, shape }) => ({ name, shape })),
    norms: norms.map(({ name, channels }) => ({ name, channels })),
    passes: describePlan(plan)
      .passes.filter(({ section, label }) => section === 'forward' && owns(label))
      .map(({ kernel, flops, bytes }) => ({ kernel, flops, bytes })),
  };
  return message(head, found);
}

const parameter = (inference: Inference, { offset, count }: Parameter) =>
  inference.read(slice(inference.plan.builder.parameters, offset * 4, count * 4));

/** [4][channels]: scale, shift, running mean, running variance. */
async function normValues(inference: Inference, norm: Norm): Promise<Float32Array<ArrayBuffer>> {
  const { channels, gamma, beta, varianceOffset } = norm;
  const running = await inference.read(inference.plan.builder.runningOf(norm));
  const values = new Float32Array(4 * channels);
  values.set(await parameter(inference, gamma), 0);
  values.set(await parameter(inference, beta), channels);
  values.set(running.subarray(0, channels), 2 * channels);
  values.set(running.subarray(varianceOffset, varianceOffset + channels), 3 * channels);
  return values;
}

/** Enough for a median; a layer has two passes or three. */
const EFFORT = { samples: 5, milliseconds: 1500 };

async function times(inference: Inference, place: Place, { signal }: HostContext): Promise<PassTimes> {
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
