import { augmentOperate } from '../../../../src/shaders/augment/operate.ts';
import { sourceWords, tableWords } from '../../../../src/shaders/augment/parts.ts';
import { operate } from '../../../../src/shaders/augment/reference.ts';
import { defineSuite } from '../kernel-suite.ts';
import { type Code, type OperationCase, operationWords, pixelWords, size } from './operations.ts';

const COLOURS: readonly Code[] = ['saturation', 'hue', 'sharpness', 'equalize', 'identity', 'brightness'];

export default defineSuite<OperationCase, typeof augmentOperate.parameters, typeof augmentOperate.bindings>({
  kernel: augmentOperate,
  sizes: {
    'one pixel': size(3, 1, 1, 1, COLOURS),
    'colours of few pixels': size(12, 3, 2, 5, COLOURS),
    'all colours': size(12, 3, 9, 7, COLOURS),
    'grey images': size(12, 1, 5, 6, COLOURS),
    'affine maps': size(6, 3, 8, 16, ['affine']),
    'affine maps of many channels': size(3, 6, 4, 4, ['affine', 'identity']),
    'crops made larger': size(5, 3, 16, 8, ['resize'], [5, 7]),
    'crops made smaller': size(5, 1, 4, 8, ['resize'], [13, 11]),
    'crops of many channels': size(3, 5, 8, 4, ['resize'], [6, 3]),
  },
  random: {
    count: 2,
    size: (r) => size(r.integer(1, 9), r.pick([1, 3]), r.integer(1, 20), r.integer(1, 20), COLOURS),
  },
  variants: { 'as chosen': {}, bytes: { PACKED: false } },
  packedF16: false,
  inputs: (s, random, parameters) => ({
    pixels: pixelWords(random, sourceWords(s, parameters)),
    records: operationWords(s, random),
    tables: pixelWords(random, tableWords(s)),
  }),
  reference: (s, { pixels = [], records, tables = [] }, { PACKED }) => ({
    out: { values: operate(s, PACKED, pixels, Uint32Array.from(records ?? []), tables), magnitude: [] },
  }),
  roundings: () => 0,
});
