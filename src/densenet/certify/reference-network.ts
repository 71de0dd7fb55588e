// The whole network in float64, forward and backward, as PyTorch would have it: written from the network's layers and not from a plan,
// so that it also finds a plan that wires right kernels wrongly. What is not smooth can be given: on which side of zero each ReLU was,
// and which pixel each max-pooling took. With a `Rounding` every result is off by an error of float32's size.

import { BATCH_NORM_MOMENTUM } from '../../shaders/statistics/batch-norm.ts';
import type { DenseLayer, Norm, Transition } from '../network.ts';
import { lastConvolution } from '../network.ts';
import { type Maps, mapsOf } from './operations.ts';
import { type Block, eachWindow, type NormUse, ReferenceLayers, type ReferenceOptions } from './reference-layers.ts';

export class ReferenceNetwork {
  /** [N][classes] */
  logits: Float64Array = new Float64Array();
  private readonly blocks: Block[] = [];
  private image: Float64Array = new Float64Array();
  /** [C][N] */
  private pooled: Float64Array = new Float64Array();

  private readonly layers: ReferenceLayers;

  constructor(private readonly given: ReferenceOptions) {
    this.layers = new ReferenceLayers(given);
  }

  /** What a norm reads, its scale and its shift. */
  useOf(norm: Norm): NormUse {
    return this.layers.useOf(norm);
  }

  /** Of each value behind the stem's pooling, the column that it is from. */
  get argMax(): Int32Array | undefined {
    return this.layers.argMax;
  }

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
      this.layers.put(
        own,
        0,
        before?.transition && last ? this.transition(last, before.transition, maps) : this.stem(maps),
      );
      this.blocks.push(own);
      for (const layer of block.layers) {
        this.layers.put(own, layer.inputs, this.denseLayer(own, layer));
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
      this.layers.throughNorm(block.transition?.norm ?? network.norm5, dpooled, gradient, gradients);
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
      const use = this.layers.uses.get(norm);
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
      x = this.layers.convolve(conv, x, maps, after);
      maps = after;
      if (!norm) continue;
      this.layers.store(x, 0, x.length);
      this.layers.use(norm, x, maps, this.layers.momentsOf(norm, x, maps));
      if (norm !== network.stem.norm) x = this.layers.activation(norm);
    }
    return network.stem.norm ? this.layers.maxPool(network.stem.norm, to) : x;
  }

  private denseLayer(block: Block, layer: DenseLayer): Float64Array {
    const { maps } = block;
    this.layers.useOfBlock(layer.norm1, block);
    const first = this.layers.convolve(layer.conv1, this.layers.activation(layer.norm1), maps, maps);
    if (layer.kind === 'plain') return first;
    if (!this.given.isEvalMode(layer.norm2)) this.layers.store(first, 0, first.length);
    this.layers.use(layer.norm2, first, maps, this.layers.momentsOf(layer.norm2, first, maps));
    const a = this.layers.activation(layer.norm2);
    // In evaluation mode the norm is folded into the weights, and what is stored is behind it.
    if (this.given.isEvalMode(layer.norm2)) this.layers.store(a, 0, a.length);
    return this.layers.convolve(layer.conv2, a, maps, maps);
  }

  /** A 1x1 convolution commutes with average pooling, which comes first here as on the GPU: it matters where values are rounded. */
  private transition(from: Block, { norm, conv }: Transition, to: Maps): Float64Array {
    this.layers.useOfBlock(norm, from);
    return this.layers.convolve(conv, this.layers.averagePool(this.layers.activation(norm), from.maps, to), to, to);
  }

  private head(): void {
    const { network, batch, rounding } = this.given;
    const { norm5, classifier, config } = network;
    const last = this.blocks.at(-1);
    if (!last) return;
    this.layers.useOfBlock(norm5, last);
    const a = this.layers.activation(norm5);
    const area = last.maps.height * last.maps.width;
    this.pooled = new Float64Array(norm5.channels * batch);
    for (let i = 0; i < this.pooled.length; i++) {
      let sum = 0;
      for (let p = i * area; p < (i + 1) * area; p++) sum += a[p] ?? Number.NaN;
      this.pooled[i] = rounding.round(sum / area, sum / area);
    }
    const weight = this.layers.weight(classifier.weight);
    const bias = this.layers.weight(classifier.bias);
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
    const weight = this.layers.weight(classifier.weight);
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
    let dy = this.layers.dropped(last, rows);
    if (layer.kind === 'bottleneck') {
      const da = this.layers.convolveBackward(
        layer.conv2,
        dy,
        this.layers.activation(layer.norm2),
        maps,
        maps,
        gradients,
      );
      const inner = new Float64Array(layer.conv1.outputs * columns);
      this.layers.throughNorm(layer.norm2, da, inner, gradients);
      dy = this.layers.dropped(layer.conv1, inner);
    }
    const da = this.layers.convolveBackward(
      layer.conv1,
      dy,
      this.layers.activation(layer.norm1),
      maps,
      maps,
      gradients,
    );
    this.layers.throughNorm(layer.norm1, da, gradient.subarray(0, layer.inputs * columns), gradients);
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
    const pooled = this.layers.averagePool(this.layers.activation(norm), from.maps, to);
    const dpooled = this.layers.convolveBackward(conv, this.layers.dropped(conv, gradient), pooled, to, to, gradients);
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
      const use = this.layers.useOf(norm);
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
      this.layers.throughNorm(norm, da, dy, gradients);
    }
    for (const [i, { conv, map }] of [...layers.entries()].toReversed()) {
      const to = mapsOf(batch, map);
      const before = layers[i - 1];
      if (!before?.norm) {
        const image = this.layers.convolveBackward(conv, dy, this.image, mapsOf(batch, network.config), to, gradients);
        gradients.set('input', image);
        return;
      }
      const from = mapsOf(batch, before.map);
      const da = this.layers.convolveBackward(conv, dy, this.layers.activation(before.norm), from, to, gradients);
      dy = new Float64Array(da.length);
      this.layers.throughNorm(before.norm, da, dy, gradients);
    }
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
