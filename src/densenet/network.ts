// Configuration -> the network's layers, typed: channels, sizes, names, and where each layer's parameters are in the
// arenas. Pure and GPU-free; plans, checkpoints and `describe` all walk this. Names are torchvision's.

import { roundUp } from '../runtime/kernel.ts';
import { checkConfig, type DenseNetConfig, type MapSize, mapSizes } from './config.ts';
import { CONVOLUTIONS, type ConvolutionKind, type StemKind, stemOf } from './stems.ts';

/** One tensor in the parameter arena. Its offset in floats is a multiple of 64, so that each can be bound alone. */
export interface Parameter {
  /** Torchvision's. */
  readonly name: string;
  /** PyTorch's. */
  readonly shape: readonly number[];
  /** Number of elements. */
  readonly count: number;
  /** In the arena, in floats. */
  readonly offset: number;
  /** What it is to its layer; initialisation and weight decay go by it. */
  readonly role: 'convolution' | 'gamma' | 'beta' | 'linear' | 'bias';
}

/** A batch norm, and where its running statistics and its scale and shift are. */
export interface Norm {
  /** Torchvision's. */
  readonly name: string;
  /** Channels that it normalises. */
  readonly channels: number;
  /** Its weight. */
  readonly gamma: Parameter;
  /** Its bias. */
  readonly beta: Parameter;
  /** The running mean's offset in the arena of running statistics, in floats. */
  readonly runningOffset: number;
  /** From the running mean to the running variance, in floats. */
  readonly varianceOffset: number;
  /** In vec4s, into the arena of scales and shifts; a multiple of 64, so that the shifts beside it can be bound alone too. */
  readonly affineOffset: number;
}

/** A convolution without a bias; it pads by half its size. */
export interface Convolution {
  /** Torchvision's. */
  readonly name: string;
  /** Input channels. */
  readonly inputs: number;
  /** Output channels. */
  readonly outputs: number;
  /** Which kernels compute it. */
  readonly kind: ConvolutionKind;
  /** Kernel height = width. */
  readonly size: number;
  /** In both directions. */
  readonly stride: number;
  /** [outputs][inputs][size][size] */
  readonly weight: Parameter;
  /** Index among the network's convolutions, 0 for the stem's: the random stream of its dropout. */
  readonly index: number;
}

interface LayerBase {
  /** Torchvision's: `denselayerN`. */
  readonly name: string;
  /** Channels it reads: the prefix [0, inputs) of its block. It writes [inputs, inputs + growthRate). */
  readonly inputs: number;
  /** Channels that it adds to its block. */
  readonly growthRate: number;
  /** Over what it reads. */
  readonly norm1: Norm;
  /** The first convolution: 1x1 in a bottleneck, else 3x3. */
  readonly conv1: Convolution;
}

/** BN-ReLU-Conv3x3. */
export interface PlainLayer extends LayerBase {
  /** One convolution. */
  readonly kind: 'plain';
}

/** BN-ReLU-Conv1x1-BN-ReLU-Conv3x3 (DenseNet-B). */
export interface BottleneckLayer extends LayerBase {
  /** Two convolutions. */
  readonly kind: 'bottleneck';
  /** Over the bottleneck's output. */
  readonly norm2: Norm;
  /** The 3x3 convolution. */
  readonly conv2: Convolution;
}

/** A dense layer, with or without a bottleneck. */
export type DenseLayer = PlainLayer | BottleneckLayer;

/** The convolution that writes the layer's channels. */
export const lastConvolution = (layer: DenseLayer): Convolution =>
  layer.kind === 'bottleneck' ? layer.conv2 : layer.conv1;

/** BN-ReLU-Conv1x1, and 2x2 average pooling, between two dense blocks. */
export interface Transition {
  /** Torchvision's: `transitionN`. */
  readonly name: string;
  /** Over all channels of the block. */
  readonly norm: Norm;
  /** The 1x1 convolution. */
  readonly conv: Convolution;
}

/** A dense block: layers that all read what entered and what those before them wrote. */
export interface DenseBlock {
  /** Torchvision's: `denseblockN`. */
  readonly name: string;
  /** Height and width of its maps. */
  readonly map: MapSize;
  /** Channels that enter. */
  readonly inputs: number;
  /** All channels of its buffer: those that enter, and the layers' outputs. */
  readonly channels: number;
  /** In the order of forward. */
  readonly layers: readonly DenseLayer[];
  /** To the next block; the last block has none. */
  readonly transition: Transition | undefined;
}

/** A convolution of the stem, and the norm that its output is read through; the map is of that output. */
export interface StemLayer {
  /** The convolution. */
  readonly conv: Convolution;
  /** Undefined where the first block's own norms read it. */
  readonly norm: Norm | undefined;
  /** Height and width of its output. */
  readonly map: MapSize;
}

/** How a network begins. */
export interface Stem {
  /** Its name in configurations. */
  readonly kind: StemKind;
  /** One or more. */
  readonly layers: readonly StemLayer[];
  /** The first convolution, which reads the image. */
  readonly conv: Convolution;
  /** The norm that the pooling reads through; undefined where there is no pooling. */
  readonly norm: Norm | undefined;
}

/** A configuration as typed layers, in torchvision's names, and where each parameter lies. */
export interface Network {
  /** The checked configuration. */
  readonly config: DenseNetConfig;
  /** The first convolution, with norm and pooling where it has them. */
  readonly stem: Stem;
  /** Dense blocks in the order of forward, each with the transition behind it. */
  readonly blocks: readonly DenseBlock[];
  /** The last batch norm. */
  readonly norm5: Norm;
  /** The linear layer. */
  readonly classifier: {
    /** [classes][channels] */
    readonly weight: Parameter;
    /** [classes] */
    readonly bias: Parameter;
  };
  /** All parameters, in the order of forward. */
  readonly parameters: readonly Parameter[];
  /** All batch norms, in the order of forward. */
  readonly norms: readonly Norm[];
  /** Elements of each arena: floats, floats, vec4s. */
  readonly arena: {
    /** Floats. */
    readonly parameters: number;
    /** Floats. */
    readonly running: number;
    /** Vectors of four floats. */
    readonly affines: number;
  };
  /** Numbers that training changes. */
  readonly parameterCount: number;
}

/**
 * The network of a configuration.
 * @throws ConfigError for an invalid configuration
 */
export function buildNetwork(given: DenseNetConfig): Network {
  const config = checkConfig(given);
  const maps = mapSizes(config);
  const arenas = new Arenas();
  const { growthRate, initialChannels, bottleneckWidth, blockLayers } = config;
  const stem = stemLayers(arenas, config, maps.stem);

  const blocks: DenseBlock[] = [];
  let channels = initialChannels;
  for (const [b, map] of maps.blocks.entries()) {
    const name = `features.denseblock${b + 1}`;
    const inputs = channels;
    const layers: DenseLayer[] = [];
    for (let l = 1; l <= (blockLayers[b] ?? 0); l++) {
      layers.push(denseLayer(arenas, `${name}.denselayer${l}`, channels, growthRate, bottleneckWidth * growthRate));
      channels += growthRate;
    }
    const last = b + 1 === blockLayers.length;
    const outputs = Math.floor(channels * config.compression);
    const transition = last ? undefined : transitionOf(arenas, `features.transition${b + 1}`, channels, outputs);
    blocks.push({ name, map, inputs, channels, layers, transition });
    if (!last) channels = outputs;
  }
  const norm5 = arenas.norm('features.norm5', channels);
  const classifier = {
    weight: arenas.parameter('classifier.weight', [config.classes, channels], 'linear'),
    bias: arenas.parameter('classifier.bias', [config.classes], 'bias'),
  };
  return { config, stem, blocks, norm5, classifier, ...arenas.finish() };
}

/** Named as torchvision and timm do: conv0, norm0, conv1, norm1, … */
function stemLayers(arenas: Arenas, config: DenseNetConfig, maps: readonly MapSize[]): Stem {
  const { convolutions, pool } = stemOf(config.stem);
  const layers: StemLayer[] = [];
  let channels = config.inputChannels;
  for (const [i, map] of maps.entries()) {
    const convolution = convolutions[i];
    if (!convolution) continue;
    const outputs = convolution.channels(config);
    const conv = arenas.convolution(`features.conv${i}`, channels, outputs, convolution.kind);
    const isRead = pool || i + 1 < convolutions.length;
    layers.push({ conv, norm: isRead ? arenas.norm(`features.norm${i}`, outputs) : undefined, map });
    channels = outputs;
  }
  const [first] = layers;
  if (!first) throw new Error(`the stem ${config.stem} has no convolution`);
  return { kind: config.stem, layers, conv: first.conv, norm: layers.at(-1)?.norm };
}

function denseLayer(arenas: Arenas, name: string, inputs: number, growthRate: number, width: number): DenseLayer {
  const norm1 = arenas.norm(`${name}.norm1`, inputs);
  if (width === 0) {
    const conv1 = arenas.convolution(`${name}.conv1`, inputs, growthRate, '3x3');
    return { kind: 'plain', name, inputs, growthRate, norm1, conv1 };
  }
  const conv1 = arenas.convolution(`${name}.conv1`, inputs, width, '1x1');
  const norm2 = arenas.norm(`${name}.norm2`, width);
  const conv2 = arenas.convolution(`${name}.conv2`, width, growthRate, '3x3');
  return { kind: 'bottleneck', name, inputs, growthRate, norm1, conv1, norm2, conv2 };
}

function transitionOf(arenas: Arenas, name: string, channels: number, outputs: number): Transition {
  return {
    name,
    norm: arenas.norm(`${name}.norm`, channels),
    conv: arenas.convolution(`${name}.conv`, channels, outputs, '1x1'),
  };
}

const ALIGNMENT = 64;

/** Allocates places in the arenas, in the order of torchvision's state dict. */
class Arenas {
  private readonly parameters: Parameter[] = [];
  private readonly norms: Norm[] = [];
  private parameterEnd = 0;
  private runningEnd = 0;
  private affineEnd = 0;
  private convolutions = 0;

  parameter(name: string, shape: readonly number[], role: Parameter['role']): Parameter {
    const count = shape.reduce((product, n) => product * n, 1);
    const parameter = { name, shape, count, offset: this.parameterEnd, role };
    this.parameterEnd += roundUp(count, ALIGNMENT);
    this.parameters.push(parameter);
    return parameter;
  }

  convolution(name: string, inputs: number, outputs: number, kind: ConvolutionKind): Convolution {
    const { size, stride } = CONVOLUTIONS[kind];
    const weight = this.parameter(`${name}.weight`, [outputs, inputs, size, size], 'convolution');
    return { name, kind, inputs, outputs, size, stride, weight, index: this.convolutions++ };
  }

  norm(name: string, channels: number): Norm {
    const rows = roundUp(channels, ALIGNMENT);
    const norm = {
      name,
      channels,
      gamma: this.parameter(`${name}.weight`, [channels], 'gamma'),
      beta: this.parameter(`${name}.bias`, [channels], 'beta'),
      runningOffset: this.runningEnd,
      varianceOffset: rows,
      affineOffset: this.affineEnd,
    };
    this.runningEnd += 2 * rows;
    this.affineEnd += rows;
    this.norms.push(norm);
    return norm;
  }

  finish() {
    const parameterCount = this.parameters.reduce((sum, p) => sum + p.count, 0);
    return {
      parameters: this.parameters,
      norms: this.norms,
      arena: { parameters: this.parameterEnd, running: this.runningEnd, affines: this.affineEnd },
      parameterCount,
    };
  }
}

/**
 * Multiply-adds (MACs) of one image's forward pass, as they are usually published: convolutions and classifier, a
 * transition's convolution before its pooling. (The plan pools first, which commutes, and so does a little less.)
 */
export function macs(network: Network): number {
  const conv = (c: Convolution, map: MapSize) => c.weight.count * map.height * map.width;
  let sum = network.classifier.weight.count;
  for (const block of network.blocks) {
    for (const layer of block.layers) {
      sum += conv(layer.conv1, block.map) + (layer.kind === 'bottleneck' ? conv(layer.conv2, block.map) : 0);
    }
    if (block.transition) sum += conv(block.transition.conv, block.map);
  }
  return network.stem.layers.reduce((total, layer) => total + conv(layer.conv, layer.map), sum);
}
