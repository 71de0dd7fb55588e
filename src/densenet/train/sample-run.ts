// A run's state made of nothing but a seed, for tests: it needs no GPU.

import { createRandom } from '../../runtime/random.ts';
import type { DenseNetConfig } from '../config.ts';
import { initialize } from '../initialize.ts';
import { buildNetwork } from '../network.ts';
import { byParameter } from '../state-dict.ts';
import { trainableRange } from '../trainable-range.ts';
import { hyperparametersOf } from './hyperparameters.ts';
import { type OptimizerKind, optimizerOf, optimizerWith } from './optimizers.ts';
import type { RunMetadata } from './run-metadata.ts';
import type { TrainerState } from './trainer-state.ts';

export function sampleRun(
  config: DenseNetConfig,
  kind: OptimizerKind,
  changes: Partial<RunMetadata['hyperparameters']> = {},
) {
  const { inputChannels: channels, height, width } = config;
  const print = (count: number, digit: string) => ({
    count,
    channels,
    height,
    width,
    pixels: digit.repeat(64),
    labels: 'b'.repeat(64),
  });
  const epoch = {
    loss: 1.5,
    accuracy: 0.5,
    validationAccuracy: 0.25,
    validationLoss: 2,
    learningRate: 0.1,
    imagesPerSecond: 12.5,
    seconds: 3,
  };
  const run: RunMetadata = {
    hyperparameters: hyperparametersOf({
      config,
      epochs: 3,
      batch: 4,
      accumulate: 2,
      optimizer: optimizerWith(kind),
      learningRate: 0.1,
      schedule: 'constant',
      warmup: 0.5,
      clip: 0,
      labelSmoothing: 0,
      recompute: false,
      precision: 'f32',
      augment: { mirror: true, shift: 1 },
      seed: 7,
      trainable: 'all',
      normalisation: { mean: Array(channels).fill(0.5), std: Array(channels).fill(0.25) },
      ...changes,
    }),
    updatesPerEpoch: 5,
    epochs: [epoch, { ...epoch, loss: 0.1 + 0.2 }],
    seconds: 4.25,
    runningMetrics: { updates: 2, loss: 1 / 3, correct: 11, learningRate: 0.1 },
    data: { training: print(43, 'a'), validation: print(9, 'c') },
    tiles: null,
    about: { data: 'numbers' },
    engine: { version: '0.1.0', host: 'node', gpu: 'a GPU', plan: '0123456789abcdef' },
  };
  return { network: buildNetwork(config), run, trainer: sampleNumbers(config, kind, 12) };
}

/** Numbers that readers like to lose among them: -0, the smallest float32, one that float16 does not hold. */
function sampleNumbers(config: DenseNetConfig, kind: OptimizerKind, steps: number): TrainerState {
  const network = buildNetwork(config);
  const random = createRandom(3, 1);
  const { state: names, squares } = optimizerOf(kind);
  const optimizerState = names.map((name) => {
    const arena = new Float32Array(network.arena.parameters);
    for (const { offset, count } of network.parameters) {
      for (let i = 0; i < count; i++) arena[offset + i] = squares?.includes(name) ? random.uniform() : random.normal();
      arena.set([-0, 1e-45, 16777217].slice(0, count), offset);
    }
    return arena;
  });
  const { parameters, running } = initialize(network, 5);
  parameters.set([-0, -1e-45], network.parameters[0]?.offset);
  return { steps, parameters, running, optimizerState };
}

/** The numbers of parameters in an arena, without what lies between them, as bits. */
export function bitsOf({
  network,
  arena,
}: {
  network: ReturnType<typeof buildNetwork>;
  arena: Float32Array;
}): number[] {
  return [...byParameter(trainableRange(network), arena).values()].flatMap(({ values }) => [
    ...new Uint32Array(values.buffer),
  ]);
}
