// What the reference network's layers are made of, in float64: convolutions, batch norm with ReLU, pooling, each with its gradient;
// and what float32 would have rounded on the way.

import { batchNormEpsilon } from '../config.ts';
import type { Convolution, Network, Norm, Parameter } from '../network.ts';
import { type Precision, storesF16 } from '../plan/feature-map.ts';
import type { Arenas } from '../state-dict.ts';
import { backwardData, backwardWeight, forward, type Maps } from './operations.ts';
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

export interface Block {
  /** [channels][columns] */
  readonly features: Float64Array;
  readonly maps: Maps;
  /** Of the channels that are there already. */
  readonly moments: Moments;
}

export class ReferenceLayers {
  /** Every norm that forward has used. */
  readonly uses = new Map<Norm, NormUse>();
  /** Of each value behind the stem's pooling, the column that it is from. */
  argMax: Int32Array | undefined;
  private readonly weights = new Map<Parameter, Float64Array>();

  constructor(private readonly given: ReferenceOptions) {}

  weight(parameter: Parameter): Float64Array {
    const { offset, count } = parameter;
    const found =
      this.weights.get(parameter) ?? Float64Array.from(this.given.arenas.parameters.subarray(offset, offset + count));
    this.weights.set(parameter, found);
    return found;
  }

  convolve(conv: Convolution, x: Float64Array, from: Maps, to: Maps): Float64Array {
    const weight = this.weight(conv.weight);
    const out = forward(conv, x, weight, from, to);
    this.roundRows(out, to.columns, () => productSize(weight, x, conv, from.columns));
    return this.dropped(conv, out);
  }

  /** The gradient of what a convolution read; notes its weight's. */
  convolveBackward(
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
  dropped(conv: Convolution, values: Float64Array): Float64Array {
    const mask = this.given.dropout(conv);
    return mask ? values.map((value, i) => value * mask(i)) : values;
  }

  store(values: Float64Array, from: number, to: number): void {
    if (storesF16(this.given.precision)) roundToF16(values, from, to);
  }

  /** Writes channels into a block, and takes their statistics as they are stored. */
  put(block: Block, first: number, values: Float64Array): void {
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

  momentsOf(norm: Norm, x: Float64Array, { columns }: Maps): Moments {
    const moments = { mean: new Float64Array(norm.channels), variance: new Float64Array(norm.channels) };
    if (!this.given.isEvalMode(norm)) this.takeMoments(x, columns, 0, norm.channels, moments);
    return moments;
  }

  useOfBlock(norm: Norm, { features, maps, moments }: Block): void {
    const x = features.subarray(0, norm.channels * maps.columns);
    const { mean, variance } = moments;
    this.use(norm, x, maps, { mean: mean.slice(0, norm.channels), variance: variance.slice(0, norm.channels) });
  }

  use(norm: Norm, x: Float64Array, maps: Maps, batch: Moments): void {
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
  activation(norm: Norm): Float64Array {
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
  throughNorm(norm: Norm, da: Float64Array, into: Float64Array, gradients: Map<string, Float64Array>): void {
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

  averagePool(a: Float64Array, from: Maps, to: Maps): Float64Array {
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
  maxPool(norm: Norm, to: Maps): Float64Array {
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
export function eachWindow(
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
