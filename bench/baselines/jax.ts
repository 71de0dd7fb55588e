// jax-js: whole functions compiled by its `jit`, gradients by its `valueAndGrad`. It has no batch norm, so that is
// written out of its primitives. An operation consumes its arguments; `.ref` is another handle to the same value.

import { defaultDevice, init, jit, lax, nn, numpy as np, tree, valueAndGrad } from '@jax-js/jax';
import { devDependencies } from '../../package.json';
import { batchNormEpsilon } from '../../src/densenet/config.ts';
import type { Network, Norm } from '../../src/densenet/network.ts';
import type { StateDict, StateTensor } from '../../src/densenet/state-dict.ts';
import type { SgdOptions } from '../../src/densenet/train/optimizers.ts';
import { type Operations, walk } from '../../src/densenet/walk.ts';
import { BATCH_NORM_MOMENTUM } from '../../src/shaders/statistics/batch-norm.ts';
import type { Baseline, BaselineRequest } from './baseline.ts';

type Arrays = Record<string, np.Array>;

const PIXELS = [0, 2, 3];

export const baseline: Baseline = {
  version: devDependencies['@jax-js/jax'],
  inference: async (request) => {
    await open();
    const { network, state } = request;
    const numbers: Arrays = {};
    for (const { name, role } of network.parameters) {
      if (role !== 'gamma' && role !== 'beta') numbers[name] = toArray(required(state, name));
    }
    for (const norm of network.norms) foldNorm(norm, batchNormEpsilon(network.config), state, numbers);
    const run = jit((arrays: Arrays, images: np.Array) =>
      forward(network, arrays, images, (x, { name }) => {
        const scaled = x.mul(perChannel(take(arrays, `${name}.scale`)));
        return scaled.add(perChannel(take(arrays, `${name}.shift`)));
      }),
    );
    return {
      logits: async (images) => {
        const logits = run(tree.ref(numbers), imagesArray(request, images));
        return Float32Array.from(await logits.data());
      },
      destroy: () => {
        tree.dispose(numbers);
        run.dispose();
      },
    };
  },
  training: async (request, optimizer) => {
    await open();
    const { network, state } = request;
    let parameters: Arrays = {};
    let momenta: Arrays = {};
    let running: Arrays = {};
    for (const { name, shape } of network.parameters) {
      parameters[name] = toArray(required(state, name));
      momenta[name] = np.zeros([...shape]);
    }
    for (const name of runningNames(network)) running[name] = toArray(required(state, name));
    const step = jit(trainingStep(network, optimizer));
    return {
      step: async (images, labels, learningRate) => {
        const targets = oneHot(labels, network.config.classes);
        const x = imagesArray(request, images);
        const stepped = step(parameters, momenta, running, x, targets, np.array([learningRate]));
        ({ parameters, momenta, running } = stepped);
        const [loss = Number.NaN] = await stepped.loss.data();
        return loss;
      },
      state: async () => new Map([...(await toState(parameters)), ...(await toState(running))]),
      destroy: () => {
        tree.dispose([parameters, momenta, running]);
        step.dispose();
      },
    };
  },
};

async function open(): Promise<void> {
  if (!(await init('webgpu')).includes('webgpu')) throw new Error('jax-js found no WebGPU');
  defaultDevice('webgpu');
}

function trainingStep(network: Network, { momentum, nesterov, weightDecay }: SgdOptions) {
  const epsilon = batchNormEpsilon(network.config);
  const lossOf = (parameters: Arrays, images: np.Array, targets: np.Array): [np.Array, Arrays] => {
    const statistics: Arrays = {};
    const logits = forward(network, parameters, images, (x, norm) =>
      trainedNorm(x, norm, epsilon, parameters, statistics),
    );
    const [count = 1] = logits.shape;
    return [
      nn
        .logSoftmax(logits)
        .mul(targets)
        .sum()
        .mul(-1 / count),
      statistics,
    ];
  };
  const lossAndGradients = valueAndGrad(lossOf, { hasAux: true });
  return (
    parameters: Arrays,
    momenta: Arrays,
    running: Arrays,
    images: np.Array,
    targets: np.Array,
    rate: np.Array,
  ) => {
    const [[loss, statistics], gradients] = lossAndGradients(tree.ref(parameters), images, targets);
    const next: Record<'parameters' | 'momenta' | 'running', Arrays> = { parameters: {}, momenta: {}, running: {} };
    for (const { name } of network.parameters) {
      const parameter = take(parameters, name);
      const gradient = take(gradients, name).add(parameter.ref.mul(weightDecay));
      const moved = take(momenta, name).mul(momentum).add(gradient.ref);
      const direction = nesterov ? gradient.ref.add(moved.ref.mul(momentum)) : moved.ref;
      gradient.dispose();
      next.parameters[name] = parameter.sub(direction.mul(rate.ref));
      next.momenta[name] = moved;
    }
    rate.dispose();
    for (const name of runningNames(network)) {
      const kept = take(running, name).mul(1 - BATCH_NORM_MOMENTUM);
      next.running[name] = kept.add(take(statistics, name).mul(BATCH_NORM_MOMENTUM));
    }
    return { loss, ...next };
  };
}

function forward(
  network: Network,
  parameters: Arrays,
  images: np.Array,
  norm: (x: np.Array, norm: Norm) => np.Array,
): np.Array {
  const operations: Operations<np.Array> = {
    share: (x) => x.ref,
    convolution: (x, { weight }, stride, padding) => {
      const both: [number, number] = [padding, padding];
      return lax.convGeneralDilated(x, take(parameters, weight.name), [stride, stride], [both, both]);
    },
    normRelu: (x, of) => nn.relu(norm(x, of)),
    concatenate: (a, b) => np.concatenate([a, b], 1),
    // Zeros around values that are not negative: none of them is the largest alone.
    maxPool: (x) => lax.reduceWindow(np.pad(x, { 2: [1, 1], 3: [1, 1] }), np.max, [3, 3], [2, 2]),
    averagePool: (x) => lax.reduceWindow(x, np.mean, [2, 2], [2, 2]),
    globalAverage: (x) => x.mean([2, 3]),
    classifier: (x) => {
      const { weight, bias } = network.classifier;
      return np.matmul(x, take(parameters, weight.name).transpose()).add(take(parameters, bias.name));
    },
  };
  return walk(network, images, operations);
}

/** By the batch's statistics, which it leaves in `statistics` under the running ones' names. */
function trainedNorm(
  x: np.Array,
  { name, channels }: Norm,
  epsilon: number,
  parameters: Arrays,
  statistics: Arrays,
): np.Array {
  const values = x.size / channels;
  const mean = x.ref.mean(PIXELS, { keepdims: true });
  const centred = x.sub(mean.ref);
  const variance = np.square(centred.ref).mean(PIXELS, { keepdims: true });
  statistics[`${name}.running_mean`] = lax.stopGradient(mean.reshape([channels]));
  statistics[`${name}.running_var`] = lax.stopGradient(variance.ref.reshape([channels])).mul(values / (values - 1));
  const scale = perChannel(take(parameters, `${name}.weight`)).div(np.sqrt(variance.add(epsilon)));
  return centred.mul(scale).add(perChannel(take(parameters, `${name}.bias`)));
}

/** Running statistics as one multiplication and one addition a value. */
function foldNorm({ name }: Norm, epsilon: number, state: StateDict, into: Arrays): void {
  const [gamma, beta, mean, variance] = ['weight', 'bias', 'running_mean', 'running_var'].map(
    (suffix) => required(state, `${name}.${suffix}`).values,
  );
  const at = (values: Float32Array | undefined, i: number) => values?.[i] ?? Number.NaN;
  const length = gamma?.length ?? 0;
  const scale = Float32Array.from({ length }, (_, i) => at(gamma, i) / Math.sqrt(at(variance, i) + epsilon));
  const shift = Float32Array.from({ length }, (_, i) => at(beta, i) - at(mean, i) * at(scale, i));
  into[`${name}.scale`] = np.array(scale);
  into[`${name}.shift`] = np.array(shift);
}

const perChannel = (vector: np.Array) => vector.reshape([1, -1, 1, 1]);

const runningNames = ({ norms }: Network) =>
  norms.flatMap(({ name }) => [`${name}.running_mean`, `${name}.running_var`]);

function required(state: StateDict, name: string): StateTensor {
  const tensor = state.get(name);
  if (!tensor) throw new Error(`there is no ${name}`);
  return tensor;
}

function take(arrays: Arrays, name: string): np.Array {
  const array = arrays[name];
  if (!array) throw new Error(`there is no ${name}`);
  return array;
}

// A copy: jax-js keeps what it is given.
const toArray = ({ values, shape }: StateTensor) => np.array(Float32Array.from(values), { shape: [...shape] });

const imagesArray = ({ network, batch }: BaselineRequest, images: Float32Array<ArrayBuffer>) => {
  const { inputChannels, height, width } = network.config;
  return np.array(images, { shape: [batch, inputChannels, height, width] });
};

function oneHot(labels: Int32Array, classes: number): np.Array {
  const values = new Float32Array(labels.length * classes);
  for (const [row, label] of labels.entries()) values[row * classes + label] = 1;
  return np.array(values, { shape: [labels.length, classes] });
}

async function toState(arrays: Arrays): Promise<[string, StateTensor][]> {
  const read = async ([name, array]: [string, np.Array]): Promise<[string, StateTensor]> => {
    const shape = [...array.shape];
    return [name, { shape, values: Float32Array.from(await array.ref.data()) }];
  };
  return Promise.all(Object.entries(arrays).map(read));
}
