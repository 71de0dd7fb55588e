// The whole network in float64, forward and backward, as PyTorch would have it: written from the network's layers and not from a plan,
// so that it also finds a plan that wires right kernels wrongly. What is not smooth can be given: on which side of zero each ReLU was,
// and which pixel each max-pooling took. With a `Rounding` every result is off by an error of float32's size.

import { BATCH_NORM_MOMENTUM } from '../../shaders/statistics/batch-norm.ts';
import { batchNormEpsilon } from '../config.ts';
import type { Convolution, DenseLayer, Network, Norm, Parameter, Transition } from '../network.ts';
import { lastConvolution } from '../network.ts';
import type { Precision } from '../plan/feature-map.ts';
import type { Arenas } from '../state-dict.ts';
import { backwardData, backwardWeight, forward, type Maps, mapsOf } from './operations.ts';
import { type Rounding, roundToF16 } from './rounding.ts';

/** Sides of zero and arg-maxima that are taken instead of the network's own. */
export interface Masks {
  /** For each value of a channel that the norm reads, 1 where ReLU lets it through; undefined: the network's own. */
  open(norm: Norm, channel: number): Uint8Array | undefined;
  /** Of each pooled value [C][columns] the column that it is from, -1 where all of its window is 0; undefined: the network's own. */
  readonly argMax: Int32Array | undefined;
}

export interface ReferenceOptions {
  readonly network: Network;
  readonly batch: number;
  readonly arenas: Arenas;
  readonly precision: Precision;
  /** Layers that run as in evaluation. */
  isEvalMode(layer: Norm | Convolution): boolean;
  /** 0 or 1 / (1 - p) for each value that a convolution writes. */
  dropout(conv: Convolution): ((index: number) => number) | undefined;
  readonly rounding: Rounding;
  readonly masks?: Masks | undefined;
}

/** A norm in use: what it reads, and its scale and shift. */
export interface NormUse {
  /** [channels][maps.columns] */
  readonly x: Float64Array;
  readonly maps: Maps;
  readonly mean: Float64Array;
  readonly variance: Float64Array;
  readonly invStd: Float64Array;
  readonly scale: Float64Array;
  readonly shift: Float64Array;
}

interface Moments {
  readonly mean: Float64Array;
  readonly variance: Float64Array;
}

interface Block {
  /** [channels][columns] */
  readonly features: Float64Array;
  readonly maps: Maps;
  /** Of the channels that are there already. */
  readonly moments: Moments;
}

export class ReferenceNetwork {
  /** Every norm that forward has used. */
  readonly uses = new Map<Norm, NormUse>();
  /** [N][classes] */
  logits: Float64Array = new Float64Array();
  /** Of each value behind the stem's pooling, the column that it is from. */
  argMax: Int32Array | undefined;
  private readonly blocks: Block[] = [];
  private readonly weights = new Map<Parameter, Float64Array>();
  private image: Float64Array = new Float64Array();
  /** [C][N] */
  private pooled: Float64Array = new Float64Array();

  constructor(private readonly given: ReferenceOptions) {}

  /**
   * @param images [N][C][H][W]
   * @param pause awaited between layers
   */
  async forward(images: ArrayLike<number>, pause: () => Promise<void>): Promise<void> {
    const { network, batch } = this.given;
    this.image = channelMajor(images, batch, network.config.inputChannels);
    for (const [b, block] of network.blocks.entries()) {
      const maps = mapsOf(batch, block.map);
      const moments = { mean: new Float64Array(block.channels), variance: new Float64Array(block.channels) };
      const own: Block = { features: new Float64Array(block.channels * maps.columns), maps, moments };
      const before = network.blocks[b - 1];
      const last = this.blocks.at(-1);
      this.put(own, 0, before?.transition && last ? this.transition(last, before.transition, maps) : this.stem(maps));
      this.blocks.push(own);
      for (const layer of block.layers) {
        this.put(own, layer.inputs, this.denseLayer(own, layer));
        await pause();
      }
    }
    this.head();
  }

  /**
   * Gradients by the state dict's names, and `input` [C][N x H x W].
   * @param dlogits [N][classes]
   * @param firstBlock the first dense block that gradients are wanted of, and whether of the stem too
   */
  async backward(
    dlogits: Float64Array,
    { firstBlock, stem }: { readonly firstBlock: number; readonly stem: boolean },
    pause: () => Promise<void>,
  ): Promise<Map<string, Float64Array>> {
    const { network } = this.given;
    const gradients = new Map<string, Float64Array>();
    let dpooled = this.headBackward(dlogits, gradients);
    for (let b = network.blocks.length - 1; b >= firstBlock; b--) {
      const block = network.blocks[b];
      const own = this.blocks[b];
      if (!block || !own) break;
      const { columns } = own.maps;
      const gradient = new Float64Array(own.features.length);
      this.throughNorm(block.transition?.norm ?? network.norm5, dpooled, gradient, gradients);
      for (const layer of block.layers.toReversed()) {
        this.denseLayerBackward(own, layer, gradient, gradients);
        await pause();
      }
      const entered = gradient.subarray(0, block.inputs * columns);
      const before = network.blocks[b - 1]?.transition;
      const from = this.blocks[b - 1];
      if (before && from) dpooled = this.transitionBackward(from, before, entered, own.maps, gradients, b > firstBlock);
      else if (stem) this.stemBackward(entered, own.maps, gradients);
    }
    return gradients;
  }

  /** The running statistics that the batch leaves, by the state dict's names. */
  running(): Map<string, Float64Array> {
    const { network, arenas, rounding } = this.given;
    const found = new Map<string, Float64Array>();
    for (const norm of network.norms) {
      const use = this.uses.get(norm);
      if (!use) continue;
      const { columns } = use.maps;
      const evaluates = this.given.isEvalMode(norm);
      const moved = (offset: number, now: Float64Array, factor: number) =>
        now.map((value, c) => {
          const old = arenas.running[norm.runningOffset + offset + c] ?? Number.NaN;
          if (evaluates) return old;
          const next = (1 - BATCH_NORM_MOMENTUM) * old + BATCH_NORM_MOMENTUM * value * factor;
          return rounding.round(next, Math.abs(old) + Math.abs(value * factor));
        });
      found.set(`${norm.name}.running_mean`, moved(0, use.mean, 1));
      const unbiased = columns / Math.max(1, columns - 1);
      found.set(`${norm.name}.running_var`, moved(norm.varianceOffset, use.variance, unbiased));
    }
    return found;
  }

  // Forward, layer by layer.

  private stem(to: Maps): Float64Array {
    const { network, batch } = this.given;
    let x: Float64Array = this.image;
    let maps = mapsOf(batch, network.config);
    for (const { conv, norm, map } of network.stem.layers) {
      const after = mapsOf(batch, map);
      x = this.convolve(conv, x, maps, after);
      maps = after;
      if (!norm) continue;
      this.store(x, 0, x.length);
      this.use(norm, x, maps, this.momentsOf(norm, x, maps));
      if (norm !== network.stem.norm) x = this.activation(norm);
    }
    return network.stem.norm ? this.maxPool(network.stem.norm, to) : x;
  }

  private denseLayer(block: Block, layer: DenseLayer): Float64Array {
    const { maps } = block;
    this.useOfBlock(layer.norm1, block);
    const first = this.convolve(layer.conv1, this.activation(layer.norm1), maps, maps);
    if (layer.kind === 'plain') return first;
    if (!this.given.isEvalMode(layer.norm2)) this.store(first, 0, first.length);
    this.use(layer.norm2, first, maps, this.momentsOf(layer.norm2, first, maps));
    const a = this.activation(layer.norm2);
    // In evaluation mode the norm is folded into the weights, and what is stored is behind it.
    if (this.given.isEvalMode(layer.norm2)) this.store(a, 0, a.length);
    return this.convolve(layer.conv2, a, maps, maps);
  }

  /** A 1x1 convolution commutes with average pooling, which comes first here as on the GPU: it matters where values are rounded. */
  private transition(from: Block, { norm, conv }: Transition, to: Maps): Float64Array {
    this.useOfBlock(norm, from);
    return this.convolve(conv, this.averagePool(this.activation(norm), from.maps, to), to, to);
  }

  private head(): void {
    const { network, batch, rounding } = this.given;
    const { norm5, classifier, config } = network;
    const last = this.blocks.at(-1);
    if (!last) return;
    this.useOfBlock(norm5, last);
    const a = this.activation(norm5);
    const area = last.maps.height * last.maps.width;
    this.pooled = new Float64Array(norm5.channels * batch);
    for (let i = 0; i < this.pooled.length; i++) {
      let sum = 0;
      for (let p = i * area; p < (i + 1) * area; p++) sum += a[p] ?? Number.NaN;
      this.pooled[i] = rounding.round(sum / area, sum / area);
    }
    const weight = this.weight(classifier.weight);
    const bias = this.weight(classifier.bias);
    this.logits = new Float64Array(batch * config.classes);
    for (let n = 0; n < batch; n++)
      for (let k = 0; k < config.classes; k++) {
        let sum = bias[k] ?? Number.NaN;
        let magnitude = Math.abs(sum);
        for (let c = 0; c < norm5.channels; c++) {
          const term = (weight[k * norm5.channels + c] ?? Number.NaN) * (this.pooled[c * batch + n] ?? Number.NaN);
          sum += term;
          magnitude += Math.abs(term);
        }
        this.logits[n * config.classes + k] = rounding.round(sum, magnitude);
      }
  }

  // Backward, its twins.

  /** Returns the gradient of the last block's activations. */
  private headBackward(dlogits: Float64Array, gradients: Map<string, Float64Array>): Float64Array {
    const { network, batch, rounding } = this.given;
    const { norm5, classifier, config } = network;
    const { classes } = config;
    const weight = this.weight(classifier.weight);
    const dweight = new Float64Array(weight.length);
    const dbias = new Float64Array(classes);
    const sumOver = (count: number, term: (i: number) => number) => {
      let [sum, magnitude] = [0, 0];
      for (let i = 0; i < count; i++) {
        sum += term(i);
        magnitude += Math.abs(term(i));
      }
      return rounding.round(sum, magnitude);
    };
    const dlogit = (n: number, k: number) => dlogits[n * classes + k] ?? Number.NaN;
    for (let k = 0; k < classes; k++) {
      dbias[k] = sumOver(batch, (n) => dlogit(n, k));
      for (let c = 0; c < norm5.channels; c++)
        dweight[k * norm5.channels + c] = sumOver(
          batch,
          (n) => dlogit(n, k) * (this.pooled[c * batch + n] ?? Number.NaN),
        );
    }
    gradients.set(classifier.weight.name, dweight);
    gradients.set(classifier.bias.name, dbias);
    const last = this.blocks.at(-1);
    const area = last ? last.maps.height * last.maps.width : 1;
    const da = new Float64Array(norm5.channels * batch * area);
    for (let c = 0; c < norm5.channels; c++)
      for (let n = 0; n < batch; n++) {
        const sum = sumOver(classes, (k) => (weight[k * norm5.channels + c] ?? Number.NaN) * dlogit(n, k));
        da.fill(sum / area, (c * batch + n) * area, (c * batch + n + 1) * area);
      }
    return da;
  }

  private denseLayerBackward(
    { maps }: Block,
    layer: DenseLayer,
    gradient: Float64Array,
    gradients: Map<string, Float64Array>,
  ): void {
    const { columns } = maps;
    const last = lastConvolution(layer);
    const rows = gradient.subarray(layer.inputs * columns, (layer.inputs + layer.growthRate) * columns);
    let dy = this.dropped(last, rows);
    if (layer.kind === 'bottleneck') {
      const da = this.convolveBackward(layer.conv2, dy, this.activation(layer.norm2), maps, maps, gradients);
      const inner = new Float64Array(layer.conv1.outputs * columns);
      this.throughNorm(layer.norm2, da, inner, gradients);
      dy = this.dropped(layer.conv1, inner);
    }
    const da = this.convolveBackward(layer.conv1, dy, this.activation(layer.norm1), maps, maps, gradients);
    this.throughNorm(layer.norm1, da, gradient.subarray(0, layer.inputs * columns), gradients);
  }

  /** Returns the gradient of the activations that were pooled. */
  private transitionBackward(
    from: Block,
    { norm, conv }: Transition,
    gradient: Float64Array,
    to: Maps,
    gradients: Map<string, Float64Array>,
    goesOn: boolean,
  ): Float64Array {
    if (!goesOn) return new Float64Array();
    const pooled = this.averagePool(this.activation(norm), from.maps, to);
    const dpooled = this.convolveBackward(conv, this.dropped(conv, gradient), pooled, to, to, gradients);
    const { maps } = from;
    const da = new Float64Array(norm.channels * maps.columns);
    eachWindow(norm.channels, maps, to, (q, places) => {
      for (const p of places) da[p] = (dpooled[q] ?? Number.NaN) / 4;
    });
    return da;
  }

  private stemBackward(entered: Float64Array, maps: Maps, gradients: Map<string, Float64Array>): void {
    const { network, batch } = this.given;
    const { layers, norm } = network.stem;
    let dy = entered;
    if (norm) {
      const use = this.useOf(norm);
      const da = new Float64Array(norm.channels * use.maps.columns);
      for (let i = 0; i < entered.length; i++) {
        const from = this.argMax?.[i] ?? -1;
        const c = Math.floor(i / maps.columns);
        if (from >= 0) {
          const place = c * use.maps.columns + from;
          da[place] = (da[place] ?? Number.NaN) + (entered[i] ?? Number.NaN);
        }
      }
      dy = new Float64Array(da.length);
      this.throughNorm(norm, da, dy, gradients);
    }
    for (const [i, { conv, map }] of [...layers.entries()].toReversed()) {
      const to = mapsOf(batch, map);
      const before = layers[i - 1];
      if (!before?.norm) {
        const image = this.convolveBackward(conv, dy, this.image, mapsOf(batch, network.config), to, gradients);
        gradients.set('input', image);
        return;
      }
      const from = mapsOf(batch, before.map);
      const da = this.convolveBackward(conv, dy, this.activation(before.norm), from, to, gradients);
      dy = new Float64Array(da.length);
      this.throughNorm(before.norm, da, dy, gradients);
    }
  }

  // What layers are made of.

  private weight(parameter: Parameter): Float64Array {
    const { offset, count } = parameter;
    const found =
      this.weights.get(parameter) ?? Float64Array.from(this.given.arenas.parameters.subarray(offset, offset + count));
    this.weights.set(parameter, found);
    return found;
  }

  private convolve(conv: Convolution, x: Float64Array, from: Maps, to: Maps): Float64Array {
    const weight = this.weight(conv.weight);
    const out = forward(conv, x, weight, from, to);
    this.roundRows(out, to.columns, () => productSize(weight, x, conv, from.columns));
    return this.dropped(conv, out);
  }

  /** The gradient of what a convolution read; notes its weight's. */
  private convolveBackward(
    conv: Convolution,
    dy: Float64Array,
    x: Float64Array,
    from: Maps,
    to: Maps,
    gradients: Map<string, Float64Array>,
  ): Float64Array {
    const { rounding } = this.given;
    const weight = this.weight(conv.weight);
    const dweight = backwardWeight(conv, dy, x, from, to);
    const dx = backwardData(conv, dy, weight, from, to);
    if (!rounding.isExact) {
      const [sizes, values] = [meanSizes(dy, conv.outputs, to.columns), meanSizes(x, conv.inputs, from.columns)];
      const taps = conv.size * conv.size;
      for (let i = 0; i < dweight.length; i++) {
        const [m, c] = [Math.floor(i / (conv.inputs * taps)), Math.floor(i / taps) % conv.inputs];
        const magnitude = to.columns * (sizes[m] ?? 0) * (values[c] ?? 0);
        dweight[i] = rounding.round(dweight[i] ?? Number.NaN, magnitude);
      }
      this.roundRows(dx, from.columns, () => {
        const magnitudes = new Float64Array(conv.inputs);
        for (let i = 0; i < weight.length; i++) {
          const [m, c] = [Math.floor(i / (conv.inputs * taps)), Math.floor(i / taps) % conv.inputs];
          magnitudes[c] = (magnitudes[c] ?? 0) + Math.abs(weight[i] ?? 0) * (sizes[m] ?? 0);
        }
        // Of the taps, one in stride^2 meets a pixel.
        return magnitudes.map((value) => value / conv.stride ** 2);
      });
    }
    gradients.set(conv.weight.name, dweight);
    return dx;
  }

  /** @param magnitudes of each row's terms */
  private roundRows(values: Float64Array, columns: number, magnitudes: () => Float64Array): void {
    const { rounding } = this.given;
    if (rounding.isExact) return;
    const sizes = magnitudes();
    for (let i = 0; i < values.length; i++)
      values[i] = rounding.round(values[i] ?? Number.NaN, sizes[Math.floor(i / columns)] ?? 0);
  }

  /** Dropout of what a convolution writes, or of its gradient; the same array where there is none. */
  private dropped(conv: Convolution, values: Float64Array): Float64Array {
    const mask = this.given.dropout(conv);
    return mask ? values.map((value, i) => value * mask(i)) : values;
  }

  private store(values: Float64Array, from: number, to: number): void {
    if (this.given.precision === 'f16-storage') roundToF16(values, from, to);
  }

  /** Writes channels into a block, and takes their statistics as they are stored. */
  private put(block: Block, first: number, values: Float64Array): void {
    const { columns } = block.maps;
    block.features.set(values, first * columns);
    this.store(block.features, first * columns, first * columns + values.length);
    this.takeMoments(block.features, columns, first, first + values.length / columns, block.moments);
  }

  private takeMoments(x: Float64Array, columns: number, first: number, end: number, into: Moments): void {
    const { rounding } = this.given;
    for (let c = first; c < end; c++) {
      let [sum, size] = [0, 0];
      for (let i = c * columns; i < (c + 1) * columns; i++) {
        sum += x[i] ?? Number.NaN;
        size += Math.abs(x[i] ?? Number.NaN);
      }
      const mean = sum / columns;
      let squares = 0;
      for (let i = c * columns; i < (c + 1) * columns; i++) squares += ((x[i] ?? Number.NaN) - mean) ** 2;
      into.mean[c] = rounding.round(mean, size / columns);
      into.variance[c] = rounding.round(squares / columns, squares / columns);
    }
  }

  private momentsOf(norm: Norm, x: Float64Array, { columns }: Maps): Moments {
    const moments = { mean: new Float64Array(norm.channels), variance: new Float64Array(norm.channels) };
    if (!this.given.isEvalMode(norm)) this.takeMoments(x, columns, 0, norm.channels, moments);
    return moments;
  }

  private useOfBlock(norm: Norm, { features, maps, moments }: Block): void {
    const x = features.subarray(0, norm.channels * maps.columns);
    const { mean, variance } = moments;
    this.use(norm, x, maps, { mean: mean.slice(0, norm.channels), variance: variance.slice(0, norm.channels) });
  }

  private use(norm: Norm, x: Float64Array, maps: Maps, batch: Moments): void {
    const { network, arenas, rounding, isEvalMode } = this.given;
    const stored = (offset: number) => {
      const from = norm.runningOffset + offset;
      return Float64Array.from(arenas.running.subarray(from, from + norm.channels));
    };
    const { mean, variance } = isEvalMode(norm) ? { mean: stored(0), variance: stored(norm.varianceOffset) } : batch;
    const [gamma, beta] = [this.weight(norm.gamma), this.weight(norm.beta)];
    const epsilon = batchNormEpsilon(network.config);
    const invStd = variance.map((v) => {
      const value = 1 / Math.sqrt(v + epsilon);
      return rounding.round(value, value);
    });
    const scale = invStd.map((value, c) => {
      const product = value * (gamma[c] ?? Number.NaN);
      return rounding.round(product, Math.abs(product));
    });
    const shift = scale.map((value, c) => {
      const [b, product] = [beta[c] ?? Number.NaN, value * (mean[c] ?? Number.NaN)];
      return rounding.round(b - product, Math.abs(b) + Math.abs(product));
    });
    this.uses.set(norm, { x, maps, mean, variance, invStd, scale, shift });
  }

  useOf(norm: Norm): NormUse {
    const use = this.uses.get(norm);
    if (!use) throw new Error(`${norm.name} was not computed`);
    return use;
  }

  /** ReLU of a norm, [channels][columns]. */
  private activation(norm: Norm): Float64Array {
    const { x, maps, scale, shift } = this.useOf(norm);
    const { columns } = maps;
    const a = new Float64Array(norm.channels * columns);
    for (let c = 0; c < norm.channels; c++) {
      const open = this.given.masks?.open(norm, c);
      const [s, t] = [scale[c] ?? Number.NaN, shift[c] ?? Number.NaN];
      for (let p = 0, i = c * columns; p < columns; p++, i++) {
        const z = (x[i] ?? Number.NaN) * s + t;
        a[i] = (open ? open[p] === 1 : z > 0) ? z : 0;
      }
    }
    return a;
  }

  /**
   * Through BN-ReLU: adds the gradient of what the norm read, and notes gamma's and beta's.
   * @param da of the activations
   */
  private throughNorm(norm: Norm, da: Float64Array, into: Float64Array, gradients: Map<string, Float64Array>): void {
    const { rounding, isEvalMode, masks } = this.given;
    const { x, maps, mean, invStd, scale, shift } = this.useOf(norm);
    const { columns } = maps;
    const dgamma = new Float64Array(norm.channels);
    const dbeta = new Float64Array(norm.channels);
    const g = new Float64Array(columns);
    for (let c = 0; c < norm.channels; c++) {
      const open = masks?.open(norm, c);
      const [s, t, m, r] = [scale[c] ?? 0, shift[c] ?? 0, mean[c] ?? 0, invStd[c] ?? 0];
      const first = c * columns;
      let [sum, product, sumSize, productSize] = [0, 0, 0, 0];
      for (let p = 0; p < columns; p++) {
        const value = x[first + p] ?? Number.NaN;
        const passes = open ? open[p] === 1 : value * s + t > 0;
        const own = passes ? (da[first + p] ?? Number.NaN) : 0;
        g[p] = own;
        sum += own;
        product += own * (value - m);
        sumSize += Math.abs(own);
        productSize += Math.abs(own * (value - m));
      }
      const beta = rounding.round(sum, sumSize);
      const gamma = rounding.round(product * r, productSize * r);
      dbeta[c] = beta;
      dgamma[c] = gamma;
      const evaluates = isEvalMode(norm);
      const [a, b] = evaluates ? [0, 0] : [(s * beta) / columns, (s * r * gamma) / columns];
      for (let p = 0; p < columns; p++) {
        const i = first + p;
        const [direct, slope] = [s * (g[p] ?? 0), ((x[i] ?? 0) - m) * b];
        const total = (into[i] ?? 0) + direct - a - slope;
        into[i] = rounding.isExact
          ? total
          : rounding.round(total, Math.abs(direct) + Math.abs(a) + Math.abs(slope) + Math.abs(into[i] ?? 0));
      }
    }
    gradients.set(norm.gamma.name, dgamma);
    gradients.set(norm.beta.name, dbeta);
  }

  private averagePool(a: Float64Array, from: Maps, to: Maps): Float64Array {
    const { rounding } = this.given;
    const channels = a.length / from.columns;
    const out = new Float64Array(channels * to.columns);
    eachWindow(channels, from, to, (q, places) => {
      let sum = 0;
      for (const p of places) sum += a[p] ?? Number.NaN;
      out[q] = rounding.round(sum / 4, sum / 4);
    });
    this.store(out, 0, out.length);
    return out;
  }

  /** 3x3 windows, stride 2, one pixel of padding, over BN-ReLU. */
  private maxPool(norm: Norm, to: Maps): Float64Array {
    const { masks } = this.given;
    const { x, maps, scale, shift } = this.useOf(norm);
    const out = new Float64Array(norm.channels * to.columns);
    const argMax = masks?.argMax ?? new Int32Array(out.length).fill(-1);
    for (let i = 0; i < out.length; i++) {
      const c = Math.floor(i / to.columns);
      const z = (p: number) => (x[c * maps.columns + p] ?? Number.NaN) * (scale[c] ?? 0) + (shift[c] ?? 0);
      if (!masks?.argMax) argMax[i] = firstMaximum(i % to.columns, maps, to, z);
      const from = argMax[i] ?? -1;
      out[i] = from < 0 ? 0 : z(from);
    }
    this.argMax = argMax;
    return out;
  }
}

/** The column of the first maximum above 0 in a pooling window; -1 where there is none. */
export function firstMaximum(q: number, from: Maps, to: Maps, z: (column: number) => number): number {
  const n = Math.floor(q / (to.height * to.width));
  const [r, w] = [Math.floor(q / to.width) % to.height, q % to.width];
  let [best, place] = [0, -1];
  for (let row = Math.max(0, 2 * r - 1); row <= Math.min(from.height - 1, 2 * r + 1); row++)
    for (let column = Math.max(0, 2 * w - 1); column <= Math.min(from.width - 1, 2 * w + 1); column++) {
      const p = (n * from.height + row) * from.width + column;
      const value = z(p);
      if (value > best) [best, place] = [value, p];
    }
  return place;
}

/** The four places under each value of a 2x2 average pooling. */
function eachWindow(
  channels: number,
  from: Maps,
  to: Maps,
  visit: (q: number, places: readonly [number, number, number, number]) => void,
): void {
  for (let c = 0; c < channels; c++)
    for (let q = 0; q < to.columns; q++) {
      const n = Math.floor(q / (to.height * to.width));
      const [r, w] = [Math.floor(q / to.width) % to.height, q % to.width];
      const p = c * from.columns + (n * from.height + 2 * r) * from.width + 2 * w;
      visit(c * to.columns + q, [p, p + 1, p + from.width, p + from.width + 1]);
    }
}

/** [N][C][H][W] to [C][N x H x W]. */
function channelMajor(images: ArrayLike<number>, batch: number, channels: number): Float64Array {
  const area = images.length / batch / channels;
  return Float64Array.from({ length: images.length }, (_, i) => {
    const [c, n, p] = [Math.floor(i / (batch * area)), Math.floor(i / area) % batch, i % area];
    return images[(n * channels + c) * area + p] ?? Number.NaN;
  });
}

/** The mean absolute value of each row. */
function meanSizes(values: Float64Array, rows: number, columns: number): Float64Array {
  const sizes = new Float64Array(rows);
  for (let r = 0; r < rows; r++) {
    let sum = 0;
    for (let i = r * columns; i < (r + 1) * columns; i++) sum += Math.abs(values[i] ?? 0);
    sizes[r] = sum / columns;
  }
  return sizes;
}

/** Of each output of a convolution, what its terms' absolute values sum up to, on average over the maps. */
function productSize(weight: Float64Array, x: Float64Array, conv: Convolution, columns: number): Float64Array {
  const sizes = meanSizes(x, conv.inputs, columns);
  const taps = conv.size * conv.size;
  const magnitudes = new Float64Array(conv.outputs);
  for (let i = 0; i < weight.length; i++) {
    const [m, c] = [Math.floor(i / (conv.inputs * taps)), Math.floor(i / taps) % conv.inputs];
    magnitudes[m] = (magnitudes[m] ?? 0) + Math.abs(weight[i] ?? 0) * (sizes[c] ?? 0);
  }
  return magnitudes;
}
