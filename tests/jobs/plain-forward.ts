// A DenseNet's evaluation in float64 and plain loops, by its state dict's names, block by block: what a plan's features
// are held against. Nothing of it is shared with the plans; it is itself held against PyTorch's logits.

import { batchNormEpsilon } from '../../src/densenet/config.ts';
import type { Convolution, Network, Norm } from '../../src/densenet/network.ts';
import type { StateDict } from '../../src/densenet/state-dict.ts';

/** [channels][height][width], of one image. */
export interface Maps {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly values: Float64Array;
}

export interface PlainResult {
  /** All channels of each block, in the order of its buffer. */
  readonly blocks: readonly Maps[];
  readonly logits: Float64Array;
}

export function plainForward(network: Network, state: StateDict, image: Maps): PlainResult {
  const tensor = (name: string): Float32Array => {
    const found = state.get(name);
    if (!found) throw new Error(`the state has no ${name}`);
    return found.values;
  };
  const at = (values: ArrayLike<number>, i: number): number => values[i] ?? Number.NaN;

  function convolve(x: Maps, conv: Convolution, stride: number): Maps {
    const { inputs, outputs, size } = conv;
    const weight = tensor(conv.weight.name);
    const padding = size >> 1;
    const [height, width] = [Math.ceil(x.height / stride), Math.ceil(x.width / stride)];
    const values = new Float64Array(outputs * height * width);
    for (let o = 0, i = 0; o < outputs; o++)
      for (let h = 0; h < height; h++)
        for (let w = 0; w < width; w++, i++)
          for (let c = 0; c < inputs; c++)
            for (let kh = 0; kh < size; kh++)
              for (let kw = 0; kw < size; kw++) {
                const [row, column] = [h * stride + kh - padding, w * stride + kw - padding];
                if (row < 0 || column < 0 || row >= x.height || column >= x.width) continue;
                const tap = at(weight, ((o * inputs + c) * size + kh) * size + kw);
                values[i] = at(values, i) + tap * at(x.values, (c * x.height + row) * x.width + column);
              }
    return { channels: outputs, height, width, values };
  }

  function activate(x: Maps, { name, channels }: Norm): Maps {
    const [gamma, beta] = [tensor(`${name}.weight`), tensor(`${name}.bias`)];
    const [mean, variance] = [tensor(`${name}.running_mean`), tensor(`${name}.running_var`)];
    const area = x.height * x.width;
    const values = Float64Array.from({ length: channels * area }, (_, i) => {
      const c = Math.floor(i / area);
      const normal = (at(x.values, i) - at(mean, c)) / Math.sqrt(at(variance, c) + batchNormEpsilon(network.config));
      return Math.max(0, normal * at(gamma, c) + at(beta, c));
    });
    return { ...x, channels, values };
  }

  /** Over windows of `size` at every second place; outside counts for nothing. */
  function pool(x: Maps, size: 2 | 3): Maps {
    const padding = size === 3 ? 1 : 0;
    const halved = (n: number) => (size === 3 ? Math.ceil(n / 2) : n >> 1);
    const [height, width] = [halved(x.height), halved(x.width)];
    const values = Float64Array.from({ length: x.channels * height * width }, (_, i) => {
      const [c, h, w] = [Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width];
      const window: number[] = [];
      for (let row = 2 * h - padding; row < 2 * h - padding + size; row++)
        for (let column = 2 * w - padding; column < 2 * w - padding + size; column++)
          if (row >= 0 && column >= 0 && row < x.height && column < x.width)
            window.push(at(x.values, (c * x.height + row) * x.width + column));
      return size === 3 ? Math.max(...window) : window.reduce((a, b) => a + b, 0) / window.length;
    });
    return { channels: x.channels, height, width, values };
  }

  const join = (a: Maps, b: Maps): Maps => ({
    ...a,
    channels: a.channels + b.channels,
    values: Float64Array.from([...a.values, ...b.values]),
  });

  const { stem, norm5, classifier } = network;
  let x = image;
  for (const { conv, norm } of stem.layers) {
    x = convolve(x, conv, conv.stride);
    if (norm) x = activate(x, norm);
  }
  if (stem.norm) x = pool(x, 3);
  const blocks: Maps[] = [];
  for (const { layers, transition } of network.blocks) {
    for (const layer of layers) {
      const first = convolve(activate(x, layer.norm1), layer.conv1, 1);
      x = join(x, layer.kind === 'plain' ? first : convolve(activate(first, layer.norm2), layer.conv2, 1));
    }
    blocks.push(x);
    // As the paper writes it: the convolution, then the pooling.
    if (transition) x = pool(convolve(activate(x, transition.norm), transition.conv, 1), 2);
  }
  const last = activate(x, norm5);
  const area = last.height * last.width;
  const [weight, bias] = [tensor(classifier.weight.name), tensor(classifier.bias.name)];
  const logits = Float64Array.from({ length: network.config.classes }, (_, label) => {
    let sum = at(bias, label);
    for (let i = 0; i < last.channels * area; i++) {
      sum += (at(weight, label * last.channels + Math.floor(i / area)) * at(last.values, i)) / area;
    }
    return sum;
  });
  return { blocks, logits };
}
