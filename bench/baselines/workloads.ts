// What is run side by side, written as workloads are (`MODEL:MODE:BATCH`), and the numbers that every library is given for
// it: all from seeds, so that each library's worker makes the same ones for itself.

import type { DenseNetConfig } from '../../src/densenet/config.ts';
import { initialize } from '../../src/densenet/initialize.ts';
import { buildNetwork, type Network } from '../../src/densenet/network.ts';
import { PRESETS } from '../../src/densenet/presets.ts';
import { type StateDict, toStateDict } from '../../src/densenet/state-dict.ts';
import { ConfigError } from '../../src/runtime/errors.ts';
import { createRandom } from '../../src/runtime/random.ts';
import type { NetworkKind } from '../sections/throughput/schema.ts';
import { kindOf } from '../sections/throughput/validation.ts';
import { type BatchChoice, type Mode, parseWorkloads, type Workload } from '../workloads.ts';

/** A network so small that hardly anything but the fixed costs of a repeat is left. */
export const TINY = 'tiny';

const TINY_CONFIG: DenseNetConfig = {
  ...PRESETS['bc-100-12'],
  growthRate: 4,
  blockLayers: [2, 2],
  initialChannels: 8,
  height: 8,
  width: 8,
};

export type BaselineWorkload = {
  readonly model: Workload['model'] | typeof TINY;
  readonly mode: Mode;
  readonly batch: number;
};

/** @throws ConfigError naming the part that is wrong */
export function parseBaselineWorkloads(text: string): BaselineWorkload[] {
  const parts = text.split(',').map((part) => part.trim());
  return parts.filter((part) => part !== '').flatMap(parseBaselineWorkload);
}

function parseBaselineWorkload(text: string): BaselineWorkload[] {
  const [name, ...rest] = text.split(':');
  // A preset of its kind lends it the rules of the other parts.
  const workloads = parseWorkloads(name === TINY ? ['bc-100-12', ...rest].join(':') : text);
  return workloads.map(({ model, mode, batch, recompute, precision }) => {
    if (recompute || precision !== 'f32') throw new ConfigError('run', text, 'is more than other libraries do');
    return { model: name === TINY ? TINY : model, mode, batch: batchOf(batch) };
  });
}

function batchOf(batch: BatchChoice): number {
  if (batch === 'largest') throw new ConfigError('batch', batch, 'is another one for each library; give a number');
  return batch;
}

export const baselineWorkloadName = ({ model, mode, batch }: BaselineWorkload): string => `${model}:${mode}:${batch}`;

/** The kind of golden file that holds what a workload's network is made of. */
export const kindOfBaselineWorkload = ({ model }: BaselineWorkload): NetworkKind =>
  model === TINY ? 'bottleneck' : kindOf({ model });

export interface WorkloadData {
  readonly network: Network;
  readonly state: StateDict;
  /** NCHW. */
  readonly images: Float32Array<ArrayBuffer>;
  readonly labels: Int32Array<ArrayBuffer>;
}

export function workloadData({ model, batch }: BaselineWorkload): WorkloadData {
  if (!Number.isInteger(batch) || batch < 1) throw new ConfigError('batch', batch, 'must be a whole number, 1 or more');
  const network = buildNetwork(model === TINY ? TINY_CONFIG : PRESETS[model]);
  const { inputChannels, height, width, classes } = network.config;
  const values = createRandom(1);
  const classOf = createRandom(2);
  return {
    network,
    state: toStateDict(network, initialize(network, 1)),
    images: Float32Array.from({ length: batch * inputChannels * height * width }, () => values.normal()),
    labels: Int32Array.from({ length: batch }, () => classOf.uint32() % classes),
  };
}
