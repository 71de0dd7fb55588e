// TensorFlow.js: its core operations on its WebGPU backend, channels last as that backend wants them, gradients by its
// own differentiation.

import '@tensorflow/tfjs-backend-webgpu';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import * as tf from '@tensorflow/tfjs-core';
import { devDependencies } from '../../package.json';
import { batchNormEpsilon } from '../../src/densenet/config.ts';
import type { Network, Norm } from '../../src/densenet/network.ts';
import type { StateDict, StateTensor } from '../../src/densenet/state-dict.ts';
import type { SgdOptions } from '../../src/densenet/train/optimizers.ts';
import { type Operations, walk } from '../../src/densenet/walk.ts';
import { BATCH_NORM_MOMENTUM } from '../../src/shaders/statistics/batch-norm.ts';
import type { Baseline, BaselineRequest } from './baseline.ts';
import { permute, TO_HWIO, TO_OIHW } from './layout.ts';

type Variables = ReadonlyMap<string, tf.Variable>;

const PIXELS = [0, 1, 2];
const isFilter = ({ shape }: { readonly shape: readonly number[] }) => shape.length === 4;

export const baseline: Baseline = {
  version: devDependencies['@tensorflow/tfjs-backend-webgpu'],
  inference: async (request) => {
    const { variables, images: shape } = await open(request);
    const norm = (x: tf.Tensor4D, of: Norm) => {
      const { gamma, beta, mean, variance } = normVariables(variables, of);
      return tf.batchNorm4d(x, mean, variance, beta, gamma, batchNormEpsilon(request.network.config));
    };
    return {
      logits: async (values) => {
        const logits = tf.tidy(() => forward(request.network, variables, channelsLast(values, shape), norm));
        const data = await logits.data();
        logits.dispose();
        return Float32Array.from(data);
      },
      destroy: () => dispose(variables),
    };
  },
  training: async (request, optimizer) => {
    const { variables, images: shape } = await open(request);
    const { network } = request;
    const trained = network.parameters.map(({ name }) => read(variables, name));
    const momenta: Variables = new Map(trained.map((p) => [p.name, tf.variable(tf.zerosLike(p), false)]));
    const norm = (x: tf.Tensor4D, of: Norm) => {
      const { gamma, beta, mean, variance } = normVariables(variables, of);
      const batch = tf.moments(x, PIXELS);
      move(mean, batch.mean, 1);
      const values = x.size / of.channels;
      move(variance, batch.variance, values / (values - 1));
      return tf.batchNorm4d(
        x,
        batch.mean as tf.Tensor1D,
        batch.variance as tf.Tensor1D,
        beta,
        gamma,
        batchNormEpsilon(request.network.config),
      );
    };
    return {
      step: async (values, labels, learningRate) => {
        const loss = tf.tidy(() => {
          const x = channelsLast(values, shape);
          const targets = tf.oneHot(tf.tensor1d(labels, 'int32'), network.config.classes);
          const { value, grads } = tf.variableGrads(() => {
            const logits = forward(network, variables, x, norm);
            return tf.neg(tf.mean(tf.sum(tf.mul(targets, tf.logSoftmax(logits)), -1))) as tf.Scalar;
          }, trained);
          for (const parameter of trained) {
            update(parameter, read(momenta, parameter.name), grads[parameter.name], learningRate, optimizer);
          }
          return value;
        });
        const [result = Number.NaN] = await loss.data();
        loss.dispose();
        return result;
      },
      state: () => stateOf(variables),
      destroy: () => {
        dispose(variables);
        dispose(momenta);
      },
    };
  },
};

async function open({ network, state, batch }: BaselineRequest) {
  if (!(await tf.setBackend('webgpu'))) throw new Error('TensorFlow.js found no WebGPU');
  await tf.ready();
  const { inputChannels, height, width } = network.config;
  const trained = new Set(network.parameters.map(({ name }) => name));
  const variables = new Map([...state].map(([name, tensor]) => [name, variableOf(name, tensor, trained.has(name))]));
  return { variables, images: [batch, inputChannels, height, width] as const };
}

function variableOf(name: string, tensor: StateTensor, trained: boolean): tf.Variable {
  const { values, shape } = isFilter(tensor) ? permute(tensor.values, tensor.shape, TO_HWIO) : tensor;
  return tf.tidy(() => tf.variable(tf.tensor(values, [...shape]), trained, name));
}

async function stateOf(variables: Variables): Promise<StateDict> {
  const read = async (variable: tf.Variable): Promise<StateTensor> => {
    const values = Float32Array.from(await variable.data());
    return isFilter(variable) ? permute(values, variable.shape, TO_OIHW) : { values, shape: variable.shape };
  };
  const state = new Map<string, StateTensor>();
  for (const [name, variable] of variables) state.set(name, await read(variable));
  return state;
}

function read(variables: Variables, name: string): tf.Variable {
  const variable = variables.get(name);
  if (!variable) throw new Error(`there is no variable ${name}`);
  return variable;
}

const dispose = (variables: Variables): void => {
  for (const variable of variables.values()) variable.dispose();
};

function normVariables(variables: Variables, { name }: Norm) {
  const vector = (suffix: string) => read(variables, `${name}.${suffix}`) as tf.Variable & tf.Tensor1D;
  return {
    gamma: vector('weight'),
    beta: vector('bias'),
    mean: vector('running_mean'),
    variance: vector('running_var'),
  };
}

const channelsLast = (values: Float32Array, shape: readonly [number, number, number, number]) =>
  tf.transpose(tf.tensor4d(values, [...shape]), [0, 2, 3, 1]);

function forward(
  network: Network,
  variables: Variables,
  images: tf.Tensor4D,
  norm: (x: tf.Tensor4D, norm: Norm) => tf.Tensor4D,
): tf.Tensor2D {
  // Of rank 4 but for the last two operations.
  const map = (x: tf.Tensor) => x as tf.Tensor4D;
  const operations: Operations<tf.Tensor> = {
    share: (x) => x,
    convolution: (x, { weight }, stride, padding) =>
      tf.conv2d(map(x), map(read(variables, weight.name)), stride, padding, 'NHWC', 1, 'floor'),
    normRelu: (x, of) => tf.relu(norm(map(x), of)),
    concatenate: (a, b) => tf.concat([a, b], 3),
    maxPool: (x) => tf.maxPool(map(x), 3, 2, 1, 'floor'),
    averagePool: (x) => tf.avgPool(map(x), 2, 2, 'valid'),
    globalAverage: (x) => tf.mean(x, [1, 2]),
    classifier: (x) => {
      const { weight, bias } = network.classifier;
      const product = tf.matMul(
        x as tf.Tensor2D,
        read(variables, weight.name) as tf.Tensor as tf.Tensor2D,
        false,
        true,
      );
      return tf.add(product, read(variables, bias.name));
    },
  };
  return walk(network, images as tf.Tensor, operations) as tf.Tensor2D;
}

/** A running statistic towards what the batch has. */
function move(running: tf.Variable, batch: tf.Tensor, correction: number): void {
  const moved = tf.add(tf.mul(running, 1 - BATCH_NORM_MOMENTUM), tf.mul(batch, BATCH_NORM_MOMENTUM * correction));
  running.assign(moved);
}

function update(
  parameter: tf.Variable,
  momentum: tf.Variable,
  gradient: tf.Tensor | undefined,
  learningRate: number,
  options: SgdOptions,
): void {
  if (!gradient) throw new Error(`TensorFlow.js gives no gradient of ${parameter.name}`);
  const decayed = tf.add(gradient, tf.mul(parameter, options.weightDecay));
  momentum.assign(tf.add(tf.mul(momentum, options.momentum), decayed));
  const direction = options.nesterov ? tf.add(decayed, tf.mul(momentum, options.momentum)) : momentum;
  parameter.assign(tf.sub(parameter, tf.mul(direction, learningRate)));
}
