// DenseNet once for all libraries: the network's layers in order, each as an operation of the library. A value that is needed
// twice is shared explicitly, for libraries whose operations consume what they are given.

import type { Convolution, DenseBlock, DenseLayer, Network, Norm } from './network.ts';

export interface Operations<T> {
  /** Another handle to the same value. */
  share(x: T): T;
  /** The same padding on every side. */
  convolution(x: T, convolution: Convolution, stride: number, padding: number): T;
  normRelu(x: T, norm: Norm): T;
  /** Along channels. */
  concatenate(a: T, b: T): T;
  /** 3x3, stride 2, one pixel of padding, over values that are not negative. */
  maxPool(x: T): T;
  /** 2x2, stride 2; an odd last row or column is dropped. */
  averagePool(x: T): T;
  /** [N, C, H, W] to [N, C]. */
  globalAverage(x: T): T;
  classifier(x: T): T;
}

/** The logits of `input`, which is consumed. */
export function walk<T>(network: Network, input: T, op: Operations<T>): T {
  let x = stem(network, input, op);
  for (const block of network.blocks) x = denseBlock(block, x, op);
  return op.classifier(op.globalAverage(op.normRelu(x, network.norm5)));
}

function stem<T>({ stem }: Network, input: T, op: Operations<T>): T {
  let x = input;
  for (const { conv, norm } of stem.layers) {
    x = op.convolution(x, conv, conv.stride, conv.size >> 1);
    if (norm) x = op.normRelu(x, norm);
  }
  return stem.norm ? op.maxPool(x) : x;
}

function denseBlock<T>({ layers, transition }: DenseBlock, input: T, op: Operations<T>): T {
  let features = input;
  for (const layer of layers) features = op.concatenate(op.share(features), denseLayer(layer, features, op));
  if (!transition) return features;
  return op.averagePool(op.convolution(op.normRelu(features, transition.norm), transition.conv, 1, 0));
}

function denseLayer<T>(layer: DenseLayer, features: T, op: Operations<T>): T {
  const x = op.normRelu(features, layer.norm1);
  if (layer.kind === 'plain') return op.convolution(x, layer.conv1, 1, 1);
  return op.convolution(op.normRelu(op.convolution(x, layer.conv1, 1, 0), layer.norm2), layer.conv2, 1, 1);
}
