import { sourceWords } from '../../../../src/shaders/augment/parts.ts';
import { tablesOf } from '../../../../src/shaders/augment/reference.ts';
import { augmentTable } from '../../../../src/shaders/augment/table.ts';
import { defineSuite } from '../kernel-suite.ts';
import { type Code, type OperationCase, operationWords, pixelWords, size } from './operations.ts';

const ALL: readonly Code[] = [
  'equalize',
  'autocontrast',
  'contrast',
  'hue',
  'brightness',
  'posterize',
  'solarize',
  'identity',
];

export default defineSuite<OperationCase, typeof augmentTable.parameters, typeof augmentTable.bindings>({
  kernel: augmentTable,
  sizes: {
    'one pixel': size(8, 1, 1, 1, ALL),
    'fewer pixels than bytes': size(16, 3, 9, 7, ALL),
    'more pixels than invocations': size(8, 3, 33, 31, ALL),
    'grey images': size(8, 1, 30, 40, ALL),
  },
  random: { count: 2, size: (r) => size(r.integer(1, 9), r.pick([1, 3]), r.integer(1, 40), r.integer(1, 40), ALL) },
  variants: { 'as chosen': {}, bytes: { PACKED: false }, 'fewer threads': { WORKGROUP: 64 } },
  packedF16: false,
  inputs: (s, random, parameters) => ({
    pixels: pixelWords(random, sourceWords(s, parameters)),
    records: operationWords(s, random),
  }),
  reference: (s, { pixels = [], records }, { PACKED }) => ({
    tables: { values: tablesOf(s, PACKED, pixels, Uint32Array.from(records ?? [])), magnitude: [] },
  }),
  roundings: () => 0,
});
