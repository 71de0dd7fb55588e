// Containers, storages and what is found in them: files that no PyTorch is needed to make.
import { zipSync } from 'fflate';
import { expect, it } from 'vitest';
import * as pickles from '../../../../tests/pytorch/assemble.ts';
import { toFloat32 } from '../../../data/tensor.ts';
import { DenseNetError } from '../../../runtime/errors.ts';
import { OP } from './opcodes.ts';
import { readPyTorch } from './read-pytorch.ts';

const { call, dict, get, global, int, legacy, pickle, put, tensor, text, tuple, zipped } = pickles;
const floats = (...values: readonly number[]) => new Uint8Array(Float32Array.from(values).buffer);
const FOUR = { 0: floats(1, 2, 3, 4) };
const plain = tensor({ elements: 4, shape: [2, 2], strides: [2, 1] });
const valuesOf = (bytes: Uint8Array) =>
  Object.fromEntries([...readPyTorch(bytes, 'a.pth').tensors].map(([name, found]) => [name, [...toFloat32(found)]]));

it.each([
  ['in a zip', (object: Uint8Array) => zipped(object, FOUR)],
  ['in the older form', (object: Uint8Array) => legacy(object, FOUR)],
])('tensors are views of their storage: %s', (_, container) => {
  const view = (offset: number, shape: number[], strides: number[]) => tensor({ elements: 4, offset, shape, strides });
  const object = pickle(
    dict({
      whole: plain,
      transposed: view(0, [2, 2], [1, 2]),
      second: view(1, [2], [2]),
      one: view(3, [], []),
      expanded: view(2, [3], [0]),
      none: view(0, [0, 5], [5, 1]),
      row: view(2, [1, 2], [77, 1]),
    }),
  );
  const bytes = container(object);
  expect(valuesOf(bytes)).toEqual({
    whole: [1, 2, 3, 4],
    transposed: [1, 3, 2, 4],
    second: [2, 4],
    one: [4],
    expanded: [3, 3, 3],
    none: [],
    row: [3, 4],
  });
  const { tensors } = readPyTorch(bytes, 'a.pth');
  // What lies in order is part of the file.
  expect(tensors.get('whole')?.bytes.buffer).toBe(bytes.buffer);
  expect(tensors.get('row')?.bytes.buffer).toBe(bytes.buffer);
});

it('a storage without a type counts bytes, and the tensor says its own', () => {
  const untyped: pickles.Part = [
    tuple(text('storage'), global('torch.storage', 'UntypedStorage'), text('0'), text('cpu'), int(16)),
    OP.BINPERSID,
  ];
  const of = (dtype: string, elements: number) =>
    call(
      'torch._utils',
      '_rebuild_tensor_v3',
      untyped,
      int(0),
      tuple(int(elements)),
      tuple(int(1)),
      OP.NEWFALSE,
      OP.NONE,
      global('torch', dtype),
    );
  const found = readPyTorch(
    zipped(pickle(dict({ a: of('float32', 4), b: of('int64', 2), c: of('uint16', 8) })), FOUR),
    'a.pth',
  );
  expect(found.tensors.get('a')).toMatchObject({ dtype: 'F32', shape: [4] });
  expect(found.tensors.get('b')).toMatchObject({ dtype: 'I64', shape: [2] });
  expect([...found.unsupported]).toEqual([['c', { dtype: 'U16', shape: [8] }]]);
});

const module = (name: string, attributes: Readonly<Record<string, pickles.Part>>): pickles.Part => [
  global('torch.nn.modules.x', name),
  tuple(),
  OP.NEWOBJ,
  dict({ _parameters: OP.EMPTY_DICT, _buffers: OP.EMPTY_DICT, _modules: OP.EMPTY_DICT, ...attributes }),
  OP.BUILD,
];

it("a module's state dict is walked together, without what is not saved", () => {
  const inner = module('A', {
    _parameters: dict({
      weight: call('torch._utils', '_rebuild_parameter', plain, OP.NEWTRUE, OP.NONE),
      bias: OP.NONE,
    }),
    _buffers: dict({ mean: plain, scratch: plain }),
    _non_persistent_buffers_set: call('__builtin__', 'set', [OP.EMPTY_LIST, text('scratch'), OP.APPEND]),
  });
  const outer = module('B', { _modules: dict({ one: [inner, put(5)], two: get(5), nothing: OP.NONE }) });
  const found = readPyTorch(zipped(pickle(dict({ epoch: int(3), net: outer })), FOUR), 'a.pth');
  expect([...found.tensors.keys()]).toEqual(['one.weight', 'one.mean', 'two.weight', 'two.mean']);
  expect(found).toMatchObject({ isModule: true, path: 'net', passedOver: ['epoch = 3'] });
});

const DENSE = 'features.denseblock1.denselayer1.norm1.weight';
const other = tensor({ elements: 4, shape: [4], strides: [1] });

it.each<[string, pickles.Part, string]>([
  ['usual names first', dict({ other: dict({ [DENSE]: other }), state_dict: dict({ [DENSE]: plain }) }), 'state_dict'],
  ['the network, not its average', dict({ model_ema: dict({ [DENSE]: other }), zoo: dict({ [DENSE]: plain }) }), 'zoo'],
  ['a DenseNet, whatever it is called', dict({ state_dict: dict({ a: other }), x: dict({ [DENSE]: plain }) }), 'x'],
  ['lists', [OP.EMPTY_LIST, dict({ a: int(1) }), OP.APPEND, dict({ [DENSE]: plain }), OP.APPEND], '[1]'],
  ["an object's attributes", [call('my', 'Trainer'), dict({ best: dict({ [DENSE]: plain }) }), OP.BUILD], 'best'],
])('finds %s', (_, value, path) => {
  const found = readPyTorch(zipped(pickle(value), FOUR), 'a.pth');
  expect(found.path).toBe(path);
  expect(found.tensors.get(DENSE)?.shape).toEqual([2, 2]);
});

it('cycles and a billion of laughs end', () => {
  const cycle: pickles.Part = [OP.EMPTY_DICT, put(0), text('self'), get(0), OP.SETITEM, text('a'), plain, OP.SETITEM];
  expect(readPyTorch(zipped(pickle(cycle), FOUR), 'a.pth').path).toBe('');
  const levels = Array.from(
    { length: 40 },
    (_, i): pickles.Part => [OP.EMPTY_LIST, OP.MARK, Array.from({ length: 10 }, () => get(i)), OP.APPENDS, put(i + 1)],
  );
  expect(() => readPyTorch(zipped(pickle(dict({}), put(0), levels)), 'a.pth')).toThrow(/without a dict of tensors/);
});

const everyLevel = Array.from(
  { length: 20 },
  (_, i): pickles.Part => [module('A', { _modules: dict({ a: get(i), b: get(i), c: get(i), d: get(i) }) }), put(i + 1)],
);

it.each<[string, () => Uint8Array, RegExp]>([
  ['a storage that is not there', () => zipped(pickle(dict({ a: plain }))), /storage 0 is not in the file/],
  [
    'a storage that is too short',
    () => zipped(pickle(dict({ a: plain })), { 0: floats(1, 2) }),
    /has 8 bytes, which are not the 4 elements/,
  ],
  [
    'a view beyond its storage',
    () => zipped(pickle(dict({ a: tensor({ elements: 4, shape: [2, 2], strides: [2, 2] }) })), FOUR),
    /goes beyond its storage of 4 elements/,
  ],
  [
    'an offset beyond it',
    () => zipped(pickle(dict({ a: tensor({ elements: 4, offset: 4, shape: [1], strides: [1] }) })), FOUR),
    /goes beyond/,
  ],
  [
    'a size past all numbers',
    () =>
      zipped(
        pickle(dict({ a: tensor({ elements: 4, shape: Array(60).fill(2 ** 30), strides: Array(60).fill(0) }) })),
        FOUR,
      ),
    /goes beyond/,
  ],
  [
    'a billion times one number',
    () => zipped(pickle(dict({ a: tensor({ elements: 4, shape: [1e9], strides: [0] }) })), FOUR),
    /more than 4 times the elements/,
  ],
  [
    'thousands of views of one storage',
    () => {
      const view = tensor({ key: 'a', elements: 25_000, shape: [25_000], strides: [1] });
      const names = Array.from({ length: 500 }, (_, i) => [`t${i}`, i === 0 ? [view, put(0)] : get(0)] as const);
      return zipped(pickle(dict(Object.fromEntries(names))), { a: new Uint8Array(100_000) });
    },
    /more than 4 times the elements/,
  ],
  [
    'modules in a circle',
    () =>
      zipped(
        pickle(
          global('a', 'B'),
          tuple(),
          OP.NEWOBJ,
          put(0),
          dict({ _parameters: OP.EMPTY_DICT, _modules: dict({ a: get(0) }) }),
          OP.BUILD,
        ),
      ),
    /nested more than 32 deep, or in a circle/,
  ],
  [
    'modules of 4 ** 20 places',
    () => zipped(pickle(module('A', { _parameters: dict({ w: plain }) }), put(0), everyLevel), FOUR),
    /more tensors, or longer names/,
  ],
  [
    'long names in long names',
    () => zipped(pickle(module('A', { _modules: dict({ ['n'.repeat(1000)]: module('B', {}) }) })), FOUR),
    /longer names/,
  ],
  [
    'a storage that is listed twice',
    () => pickles.assemble(legacy(pickle(dict({ a: plain })))),
    /storage 0 is not in the file/,
  ],
  [
    'a storage that goes beyond the file',
    () => legacy(pickle(dict({ a: plain })), { 0: floats(1, 2, 3, 4) }).subarray(0, -4),
    /truncated: a storage of 4 elements/,
  ],
  [
    'a storage that nothing refers to',
    () => legacy(pickle(dict({ a: plain })), { 0: floats(1, 2, 3, 4), 1: floats(1) }),
    /nothing in the file refers to/,
  ],
  ['a text', () => zipped(pickle(text('weights'))), /without a dict of tensors/],
  [
    'tensors that are called weights by an unknown function',
    () => zipped(pickle(dict({ a: call('torch._utils', '_rebuild_qtensor') }))),
    /quantized/,
  ],
  [
    'an object that is an entry of a folder',
    () => zipSync({ 'a/b/data.pkl': pickle(OP.NONE), 'archive/version': Uint8Array.of(51) }),
    /holds no object/,
  ],
  ['two objects', () => zipSync({ 'a/data.pkl': pickle(OP.NONE), 'b/data.pkl': pickle(OP.NONE) }), /several objects/],
])('refuses %s', (_, make, problem) => {
  const bytes = make();
  expect(() => readPyTorch(bytes, 'a.pth')).toThrow(DenseNetError);
  expect(() => readPyTorch(bytes, 'a.pth')).toThrow(problem);
});
