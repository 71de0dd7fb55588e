// A training whose batch does not fit the GPU's memory: the failure of an allocation is injected, behind which everything is real.

import { inMemory } from '../../src/data/dataset.ts';
import { DenseNet } from '../../src/densenet/model.ts';
import { readCheckpoint } from '../../src/densenet/train/checkpoint.ts';
import { SGD } from '../../src/densenet/train/optimizers.ts';
import { readTrainingState } from '../../src/densenet/train/training-state.ts';
import { defineJob } from '../../src/jobs/define-job.ts';
import { Device } from '../../src/runtime/device.ts';
import { Random } from '../../src/shaders/random-inputs.ts';
import { type FitOptions, fit } from '../../src/training/fit.ts';
import { sharedGpu } from './shared-gpu.ts';
import { BATCH, differences, SMALL } from './small-network.ts';

export interface OutOfMemoryReport {
  readonly notes: readonly string[];
  /** Of the run that was split, of its state, and of the run that resumed it where there was memory. */
  readonly batches: readonly (readonly [batch: number, accumulate: number])[];
  /** In what it differs from a run that was asked for those micro-batches; and the resumed one from that. */
  readonly differ: readonly (readonly string[])[];
  /** Buffers of allocations that failed, which were not destroyed. */
  readonly left: number;
}

const OPTIONS = {
  epochs: 2,
  optimizer: SGD,
  learningRate: 0.05,
  schedule: 'constant',
  augment: { mirror: true, shift: 1 },
  normalisation: { mean: [0.5], std: [0.25] },
  seed: 5,
  saveEvery: { updates: 1 },
  unroll: false,
} as const satisfies FitOptions;

export const outOfMemory = defineJob('out-of-memory', async (_request, context): Promise<OutOfMemoryReport> => {
  const device = await Device.open(sharedGpu(context.gpu), { now: context.now });
  const fresh = () => DenseNet.create(device, SMALL, { seed: OPTIONS.seed });
  const train = inMemory(images(3 * BATCH));
  const asked = await fit(await fresh(), { train }, { ...OPTIONS, batch: BATCH / 2, accumulate: 2 });

  // What holds the images of a whole batch does not fit.
  const memory = limitMemory(device.gpu, BATCH * SMALL.inputChannels * SMALL.height * SMALL.width);
  const notes: string[] = [];
  const stop = new AbortController();
  const options = { ...OPTIONS, batch: BATCH, onNote: (note: string) => void notes.push(note) };
  const first = await fit(
    await fresh(),
    { train },
    {
      ...options,
      signal: stop.signal,
      onEvent: ({ kind }) => kind === 'epoch' && stop.abort(),
    },
  ).finally(memory.restore);
  const state = first.state ?? new Uint8Array();
  const second = await fit(await fresh(), { train }, { resume: state, unroll: false });
  device.destroy();
  const { hyperparameters } = readTrainingState(state, 'state').run;
  const network = (file: Uint8Array = new Uint8Array()) => readCheckpoint(file, 'network').state;
  return {
    notes,
    batches: [first.hyperparameters, hyperparameters, second.hyperparameters].map(({ batch, accumulate }) => [
      batch,
      accumulate,
    ]),
    differ: [differences(network(asked.checkpoint), network(second.checkpoint))],
    left: memory.left,
  };
});

/** From now on memory runs out for an input of that many bytes or more. */
function limitMemory(gpu: GPUDevice, bytes: number) {
  const { createBuffer, popErrorScope, pushErrorScope } = gpu;
  const scopes: { readonly filter: GPUErrorFilter; failed: boolean; made: GPUBuffer[] }[] = [];
  const failed: GPUBuffer[] = [];
  const destroyed = new Set<GPUBuffer>();
  const define = (name: string, value: unknown) => Object.defineProperty(gpu, name, { value, configurable: true });
  define('pushErrorScope', (filter: GPUErrorFilter) => {
    scopes.push({ filter, failed: false, made: [] });
    pushErrorScope.call(gpu, filter);
  });
  define('createBuffer', (descriptor: GPUBufferDescriptor) => {
    const made = createBuffer.call(gpu, descriptor);
    const scope = scopes.findLast(({ filter }) => filter === 'out-of-memory');
    if (scope && descriptor.label === 'input' && descriptor.size >= bytes) scope.failed = true;
    scope?.made.push(made);
    const { destroy } = made;
    Object.defineProperty(made, 'destroy', {
      value: () => {
        destroyed.add(made);
        destroy.call(made);
      },
    });
    return made;
  });
  define('popErrorScope', async () => {
    const scope = scopes.pop();
    const found = await popErrorScope.call(gpu);
    if (!scope?.failed) return found;
    failed.push(...scope.made);
    return { message: 'injected' };
  });
  return {
    restore: () => {
      for (const name of ['createBuffer', 'popErrorScope', 'pushErrorScope']) Reflect.deleteProperty(gpu, name);
    },
    get left() {
      return failed.filter((buffer) => !destroyed.has(buffer)).length;
    },
  };
}

function images(count: number) {
  const random = new Random(1);
  const { inputChannels: channels, height, width, classes } = SMALL;
  return {
    count,
    channels,
    height,
    width,
    labels: Int32Array.from({ length: count }, () => random.integer(0, classes - 1)),
    pixels: Uint8Array.from({ length: count * channels * height * width }, () => random.integer(0, 255)),
    classNames: Array.from({ length: classes }, (_, i) => `class ${i}`),
  };
}
