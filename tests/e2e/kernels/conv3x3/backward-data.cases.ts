import { conv3x3BackwardData, packedBackwardData } from '../../../../src/shaders/conv3x3/backward-data.ts';
import { convolution, normBackward, outputGradient, tilePositions } from '../../../../src/shaders/conv3x3/reference.ts';
import { positions } from '../../../../src/shaders/conv3x3/size.ts';
import { dropoutMask } from '../../../../src/shaders/parts/reference.ts';
import { QUIET_STEP } from '../../../../src/shaders/parts/step.ts';
import { defineSuite } from '../kernel-suite.ts';
import { affines, corrections, matrix } from '../random-inputs.ts';
import { packed, unpacked, weights } from './packing.ts';
import { awkward, convSize, dropped } from './sizes.ts';

export default defineSuite({
  kernel: conv3x3BackwardData,
  sizes: {
    'one value': convSize(1, 1, 1, 1, 1),
    'one row, one column more than a piece': convSize(5, 2, 1, 1, 8),
    'one column': convSize(3, 4, 2, 5, 1),
    'DenseNet-121, 7x7': convSize(128, 32, 1, 7, 7),
    'DenseNet-121, 14x14': convSize(20, 32, 2, 14, 14),
    'DenseNet-161, 56 wide, its correction starts amid a block': { ...convSize(72, 48, 1, 9, 56), correctionFirst: 11 },
    'plain net, k 12, 8x8': convSize(172, 12, 3, 8, 8),
    'plain net, k 24, 32 wide': convSize(40, 24, 1, 9, 32),
    'CIFAR stem': convSize(3, 16, 2, 9, 32),
    dropout: dropped(convSize(12, 5, 2, 9, 8), 7, 0.2),
    'wider than a tile, no multiple of it': convSize(4, 2, 1, 3, 83),
  },
  random: { count: 2, size: awkward },
  variants: {
    bottleneck: { EPILOGUE: 1 },
    adds: { EPILOGUE: 2 },
    stores: { EPILOGUE: 0 },
  },
  inputs: (s, random, p) => ({
    weight: packed(weights(random, s.inputs, s.outputs), s.outputs, s.inputs, packedBackwardData(s, p)),
    gradient: matrix(random, s.outputs, positions(s), s.stride),
    y: matrix(random, s.outputs, positions(s), s.stride),
    correction: corrections(random, (s.correctionFirst ?? 0) + s.outputs),
    ...(p.EPILOGUE === 0
      ? {}
      : { x: matrix(random, s.inputs, positions(s), s.stride), affine: affines(random, s.inputs) }),
    ...(p.EPILOGUE === 2 ? { out: matrix(random, s.inputs, positions(s), s.stride) } : {}),
  }),
  settings: (s, random) => (s.dropout ? { step: { ...QUIET_STEP, seed: random.word() } } : {}),
  reference: (s, { weight, gradient, y, correction, x, affine, out }, p, settings) => {
    const mask = dropoutMask(s, settings.step?.seed);
    const dy = outputGradient(s, gradient ?? [], y ?? [], correction ?? [], mask);
    const turned = unpacked(weight ?? [], s.outputs, s.inputs, packedBackwardData(s, p));
    const da = convolution({ ...s, inputs: s.outputs, outputs: s.inputs }, dy, turned);
    if (p.EPILOGUE === 0) return { out: da };
    const tiles = tilePositions(s, p.ROWS, p.PIECES * p.COLUMNS);
    return normBackward(s, da, x ?? [], affine ?? [], p.EPILOGUE === 2 ? out : undefined, tiles);
  },
  roundings: (s, p) => s.outputs * 9 + p.ROWS * p.PIECES * p.COLUMNS + 12,
  place: (binding, i, s) =>
    binding === 'out'
      ? `channel ${Math.floor(i / s.stride)}, column ${i % s.stride} of ${s.images} ${s.height}x${s.width}`
      : '',
});
