// A network for images of another number of channels, on request: its first convolution as timm makes it (adapt_input_conv). Of
// one channel it is the sum over the channels, so that a grey image gives what it gives as colour; of more the channels are
// repeated and scaled, so that the sums stay as large. The preprocessing follows.

import type { Preprocessing } from '../../data/preprocess.ts';
import { float32Tensor, toFloat32 } from '../../data/tensor.ts';
import type { CanonicalTensors } from './head.ts';

const FIRST = 'features.conv0.weight';

/** The tensors with a first convolution of `channels` inputs. */
export function adaptFirstConvolution(canonical: CanonicalTensors, channels: number): CanonicalTensors {
  const first = canonical.tensors.get(FIRST);
  const [outputs = 0, inputs = 0, height = 0, width = 0] = first?.shape ?? [];
  // What is missing or misshapen is reported as in any file.
  if (first?.shape.length !== 4 || outputs * inputs * height * width === 0) return canonical;
  const values = toFloat32(first);
  const area = height * width;
  const adapted = new Float32Array(outputs * channels * area);
  for (let o = 0; o < outputs; o++) {
    for (let c = 0; c < channels; c++) {
      for (let i = 0; i < area; i++) {
        const at = (input: number) => values[(o * inputs + input) * area + i] ?? 0;
        adapted[(o * channels + c) * area + i] =
          channels === 1 ? sum(inputs, at) : at(c % inputs) * Math.fround(inputs / channels);
      }
    }
  }
  const tensor = float32Tensor([outputs, channels, height, width], adapted);
  return {
    ...canonical,
    tensors: new Map(canonical.tensors).set(FIRST, tensor),
    shapes: new Map(canonical.shapes).set(FIRST, tensor),
  };
}

function sum(count: number, at: (index: number) => number): number {
  let total = 0;
  for (let i = 0; i < count; i++) total += at(i);
  return total;
}

/** The same preparation for so many channels: of one the mean of all channels' numbers, of more theirs repeated. */
export function adaptPreprocessing(preprocessing: Preprocessing, channels: number): Preprocessing {
  const adapt = (values: readonly number[]): number[] =>
    channels === 1
      ? [sum(values.length, (i) => values[i] ?? 0) / values.length]
      : Array.from({ length: channels }, (_, c) => values[c % values.length] ?? 0);
  const { mean, std, fill } = preprocessing;
  return { ...preprocessing, channels, mean: adapt(mean), std: adapt(std), ...(fill && { fill: adapt(fill) }) };
}
