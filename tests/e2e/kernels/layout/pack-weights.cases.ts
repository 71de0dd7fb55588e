import { packWeightsReference } from '../../../../src/shaders/layout/checks.ts';
import {
  backwardPacking,
  type ConvolutionWeight,
  forwardPacking,
  type PackedWeight,
  packedFloats,
  packTable,
} from '../../../../src/shaders/layout/pack-table.ts';
import type { layoutPackWeights, PackWeightsSize } from '../../../../src/shaders/layout/pack-weights.ts';
import { affines, vector } from '../../../../src/shaders/random-inputs.ts';
import { defineSuite } from '../kernel-suite.ts';

interface Size extends PackWeightsSize {
  readonly weights: readonly PackedWeight[];
}

/** Both copies of each [outputs, inputs, taps], every other one scaled, copies at multiples of 64 with gaps between. */
function network(...shapes: (readonly [outputs: number, inputs: number, taps: number])[]): Size {
  const weights: PackedWeight[] = [];
  let source = 0;
  let end = 0;
  let affines = 0;
  const place = (weight: PackedWeight) => {
    weights.push(weight);
    end += Math.ceil((packedFloats(weight) + 1) / 64) * 64;
  };
  for (const [i, [outputs, inputs, taps]] of shapes.entries()) {
    const common = { source, outputs, inputs, taps, scale: i % 2 === 1 ? affines : undefined };
    const copy = (rows: number, columns: number): ConvolutionWeight => ({
      ...common,
      destination: end,
      paddedRows: Math.ceil(rows / 8) * 8,
      paddedColumns: Math.ceil(columns / 32) * 32,
    });
    place(forwardPacking(copy(inputs, outputs)));
    place({ ...backwardPacking(copy(outputs, inputs)), scale: undefined });
    source += Math.ceil((outputs * inputs * taps) / 64) * 64;
    affines += outputs;
  }
  const { groups } = packTable(weights);
  return { weights, tensors: weights.length, workgroups: groups.length, parameters: source, packed: end, affines };
}

export default defineSuite<Size, typeof layoutPackWeights.parameters, typeof layoutPackWeights.bindings>({
  ...packWeightsReference,
  sizes: {
    'one weight': network([1, 1, 1]),
    'the stem and a layer of DenseNet-121': network([64, 3, 49], [128, 64, 1], [32, 128, 9]),
    'a transition, more workgroups than a row of the grid': network([256, 512, 1], [130, 520, 1], [48, 192, 9]),
    'odd sizes': network([12, 16, 9], [30, 60, 1], [33, 65, 1], [5, 7, 9]),
  },
  variants: { plain: { HAS_SCALE: false }, 'norms folded in': { HAS_SCALE: true } },
  nonFinite: { size: 'odd sizes' },
  inputs: (s, random) => ({
    ...packTable(s.weights),
    parameters: vector(random, s.parameters),
    affine: affines(random, s.affines),
  }),
});
