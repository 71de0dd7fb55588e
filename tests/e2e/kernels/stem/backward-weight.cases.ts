import { backwardWeightSplits, stemBackwardWeight } from '../../../../src/shaders/stem/backward-weight.ts';
import { backwardWeight } from '../../../../src/shaders/stem/reference.ts';
import { outputColumns, outputHeight, outputWidth, type StemSize } from '../../../../src/shaders/stem/shapes.ts';
import { defineSuite } from '../kernel-suite.ts';
import { corrections, matrix } from '../random-inputs.ts';
import { stemSize } from './sizes.ts';

const split = (s: StemSize, splits = backwardWeightSplits(s)) => ({ ...s, splits });

export default defineSuite({
  kernel: stemBackwardWeight,
  sizes: {
    'one pixel': split(stemSize(1, 1, 1, 1, 1)),
    'an image smaller than the taps': split(stemSize(2, 9, 3, 2, 5)),
    'an odd edge, a share that is empty': split(stemSize(3, 8, 2, 9, 7), 9),
    'one column more than a tile': split(stemSize(1, 17, 2, 5, 33)),
    'one column less than a tile': split(stemSize(1, 65, 2, 5, 29)),
    'more channels than a workgroup takes': split(stemSize(5, 24, 1, 12, 20)),
    'Fashion-MNIST': split(stemSize(1, 16, 2, 28, 28)),
    '32x32, four channels': split(stemSize(4, 24, 2, 32, 32)),
    '64x64, one share': split(stemSize(3, 64, 1, 64, 64), 1),
    'ImageNet at 224x224': split(stemSize(3, 16, 2, 224, 224)),
    'ImageNet at 224x224, a map of 64': split(stemSize(3, 64, 1, 224, 224)),
  },
  random: {
    count: 4,
    size: (r) =>
      split(
        stemSize(r.integer(1, 5), r.pick([1, 7, 16, 70]), r.integer(1, 4), r.integer(1, 40), r.integer(1, 40)),
        r.integer(1, 7),
      ),
  },
  inputs: (s, random) => {
    const columns = outputColumns(s);
    return {
      gradient: matrix(random, s.outputs, columns, s.outStride),
      y: matrix(random, s.outputs, columns, s.outStride),
      correction: corrections(random, s.outputs),
      x: matrix(random, s.inputs, s.images * s.height * s.width, s.stride),
    };
  },
  reference: (s, { gradient = [], y = [], correction = [], x = [] }) => {
    const units = s.images * outputHeight(s) * Math.ceil(outputWidth(s) / 16);
    const share = Math.ceil(units / s.splits);
    const unitOf = (q: number) =>
      Math.floor(q / outputWidth(s)) * Math.ceil(outputWidth(s) / 16) + Math.floor((q % outputWidth(s)) / 16);
    const splitOf = (q: number) => Math.floor(unitOf(q) / share);
    return { partials: backwardWeight(s, gradient, y, correction, x, splitOf, s.splits) };
  },
  // A share's columns are added one after the other; a gradient is three operations.
  roundings: (s) => 16 * Math.ceil((s.images * outputHeight(s) * Math.ceil(outputWidth(s) / 16)) / s.splits) + 4,
  place: (_, i, s) => {
    const [m, c] = [Math.floor(i / (49 * s.inputs)), Math.floor(i / 49) % s.inputs];
    return `share ${Math.floor(m / s.outputs)}, output ${m % s.outputs}, channel ${c}, tap ${i % 49}`;
  },
});
