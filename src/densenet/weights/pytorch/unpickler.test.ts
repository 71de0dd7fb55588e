// Pickles as a program that is run nowhere: what they hold, what is made of calls, and files that are made to do harm.
import { existsSync, rmSync } from 'node:fs';
import { expect, it } from 'vitest';
import * as pickles from '../../../../tests/pytorch/assemble.ts';
import { DataError } from '../../../runtime/errors.ts';
import { OP } from './opcodes.ts';
import { persistentLoad } from './storages.ts';
import { unpickle } from './unpickler.ts';
import type { Value } from './values.ts';

const { assemble, call, dict, get, global, int, little, pickle, put, text, tuple } = pickles;
const read = (bytes: Uint8Array) => unpickle(bytes, 0, 'a.pth', persistentLoad('a.pth'));
const list = (...items: readonly pickles.Part[]) => [OP.EMPTY_LIST, OP.MARK, items, OP.APPENDS];

it.each<[string, pickles.Part, Value]>([
  ['None', OP.NONE, null],
  ['True', OP.NEWTRUE, true],
  ['False', OP.NEWFALSE, false],
  ['a negative int', int(-7), -7],
  ['ints of one and two bytes', [OP.BININT1, 200, OP.POP, OP.BININT2, 0x34, 0x12], 0x1234],
  ['a long', [OP.LONG1, 5, little(2 ** 35, 5)], 2 ** 35],
  ['a negative long', [OP.LONG4, little(3, 4), 0xff, 0xff, 0xff], -1],
  ['an empty long', [OP.LONG1, 0], 0],
  ['a long past 2 ** 53', [OP.LONG1, 9, little(2n ** 64n, 9)], 2n ** 64n],
  ['a long past all numbers', [OP.LONG1, 255, little(2n ** 2030n, 255)], 2n ** 2030n],
  ['a float, big-endian', [OP.BINFLOAT, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0], 1.5],
  ['a text', text('치즈 é'), '치즈 é'],
  ['a text of Python 2, in Latin-1', [OP.SHORT_BINSTRING, 2, 0xe9, 0x41], 'éA'],
  ['short and long texts', [OP.SHORT_BINUNICODE, 1, 0x61, OP.POP, OP.BINUNICODE8, little(1, 8), 0x62], 'b'],
  ['bytes', [OP.BINBYTES, little(2, 4), 0xff, 0x00], Uint8Array.of(255, 0)],
  ['a list', list(int(1), int(2)), { kind: 'list', items: [1, 2] }],
  ['a tuple of two', [int(1), int(2), OP.TUPLE2], { kind: 'tuple', items: [1, 2] }],
  ['a set', [OP.EMPTY_SET, OP.MARK, int(1), OP.ADDITEMS], { kind: 'set', items: [1] }],
  ['a frozenset', [OP.MARK, int(1), OP.FROZENSET], { kind: 'set', items: [1] }],
  ['a set of older protocols', call('__builtin__', 'set', list(int(3))), { kind: 'set', items: [3] }],
  ['a dict', dict({ a: int(1) }), { kind: 'dict', entries: new Map([['a', 1]]) }],
  [
    'an OrderedDict of pairs',
    call('collections', 'OrderedDict', list(list(text('a'), int(1)))),
    { kind: 'dict', entries: new Map([['a', 1]]) },
  ],
  [
    'an OrderedDict with attributes',
    [call('collections', 'OrderedDict'), text('a'), int(1), OP.SETITEM, dict({ _metadata: OP.NONE }), OP.BUILD],
    { kind: 'dict', entries: new Map([['a', 1]]) },
  ],
  ['the memo', [text('a'), put(70_000), OP.POP, get(70_000)], 'a'],
  ['a frame and a memo without numbers', [OP.FRAME, little(3, 8), int(5), OP.MEMOIZE, OP.POP, OP.BINGET, 0], 5],
  [
    'a class by name on the stack',
    [text('a.b'), text('C'), OP.STACK_GLOBAL],
    { kind: 'global', module: 'a.b', name: 'C' },
  ],
  ['a mark that is dropped', [int(1), OP.MARK, OP.POP], 1],
])('reads %s', (_, parts, value) => {
  expect(read(pickle(parts)).value).toEqual(value);
});

it('gives the byte after the pickle, and reads from any byte', () => {
  const bytes = assemble(pickle(int(1)), pickle(text('b')), 99);
  const first = read(bytes);
  const second = unpickle(bytes, first.end, 'a.pth', persistentLoad('a.pth'));
  expect([first.value, second.value, second.end]).toEqual([1, 'b', bytes.length - 1]);
});

it('keeps an unknown call as its name, arguments and state, and calls nothing', () => {
  const marker = '/tmp/densenet-unpickler-was-here';
  rmSync(marker, { force: true });
  const command = `touch ${marker}`;
  const hostile = pickle(
    list(
      call('os', 'system', text(command)),
      call('posix', 'system', text(command)),
      call('builtins', 'eval', text('process.exit(1)')),
      call('builtins', 'getattr', call('builtins', '__import__', text('os')), text('system')),
      [global('subprocess', 'Popen'), tuple(text(command)), OP.NEWOBJ],
      [global('a', 'B'), tuple(), dict({ c: int(1) }), OP.NEWOBJ_EX, dict({ __proto__: int(1) }), OP.BUILD],
      // A call of what a call gave.
      [call('builtins', 'getattr', text('a'), text('b')), tuple(text(command)), OP.REDUCE],
    ),
  );
  const { value } = read(hostile);
  expect(value).toMatchObject({
    kind: 'list',
    items: [
      { kind: 'call', of: { module: 'os', name: 'system' }, args: [command] },
      { kind: 'call', of: { module: 'posix' } },
      { kind: 'call', of: { name: 'eval' } },
      { kind: 'call', args: [{ kind: 'call', of: { name: '__import__' } }, 'system'] },
      { kind: 'call', of: { module: 'subprocess', name: 'Popen' } },
      { kind: 'call', state: { kind: 'dict' } },
      { kind: 'call', of: { kind: 'call' } },
    ],
  });
  expect(existsSync(marker)).toBe(false);
  expect(Object.getOwnPropertyNames(Object.prototype)).not.toContain('polluted');
});

it('reads values that hold themselves', () => {
  const { value } = read(pickle(OP.EMPTY_LIST, put(0), get(0), OP.APPEND, put(1), dict({ a: get(1) }), OP.TUPLE2));
  expect(value).toMatchObject({ kind: 'tuple' });
});

/** Lists of ten of the one before: 10 ** 9 items, if anything walked them all. */
const laughs = Array.from({ length: 9 }, (_, level) => [
  Array.from({ length: 9 }, () => get(level)),
  get(level),
  OP.MARK,
  Array.from({ length: 10 }, () => get(level)),
  OP.TUPLE,
  put(level + 1),
]);

it('a billion of laughs are as many values as they take bytes', () => {
  const { value } = read(pickle(text('ha'), put(0), laughs));
  expect(value).toMatchObject({ kind: 'tuple' });
});

it.each<[string, Uint8Array, RegExp]>([
  ['no bytes', new Uint8Array(), /protocol 2 or newer/],
  ['no STOP', assemble(OP.PROTO, 2, OP.NONE), /truncated/],
  ['nothing on the stack', pickle(), /takes a value where there is none/],
  ['protocol 1', assemble(OP.PROTO, 1, OP.NONE, OP.STOP), /protocol 1 are not read/],
  ['protocol 6', assemble(OP.PROTO, 6, OP.NONE, OP.STOP), /protocol 6 are not read/],
  ['INST, of protocol 0', pickle(0x69), /operation INST .* is not read/],
  ['EXT4', pickle(0x84, little(1, 4)), /operation EXT4 .* is not read/],
  ['bytes that lie elsewhere', pickle(0x97), /NEXT_BUFFER/],
  ['no operation', pickle(0xfe), /0xfe, which no pickle has/],
  ['a text longer than the file', pickle(OP.BINUNICODE, little(2 ** 31, 4)), /truncated/],
  ['a text of exabytes', pickle(OP.BINUNICODE8, little(2n ** 63n, 8)), /truncated/],
  ['bytes of petabytes', pickle(OP.BINBYTES8, little(2n ** 50n, 8)), /truncated/],
  ['an integer of gigabytes', pickle(OP.LONG4, little(2 ** 31, 4)), /integer of 2147483648 bytes/],
  ['an integer of negative length', pickle(OP.LONG4, little(2 ** 32 - 1, 4)), /integer of 4294967295 bytes/],
  ['a frame longer than the file', pickle(OP.FRAME, little(1000, 8), OP.NONE), /truncated/],
  ['a name without end', pickle(OP.GLOBAL, new Uint8Array(5000).fill(97)), /does not end within 1000 bytes/],
  ['a memo that is not there', pickle(get(4_000_000_000)), /refers to its value 4000000000/],
  ['a group without begin', pickle(OP.TUPLE), /ends a group that it did not begin/],
  ['a tuple of too few', pickle(int(1), OP.TUPLE3), /where there is none/],
  ['arguments that are no tuple', pickle(global('a', 'b'), int(1), OP.REDUCE), /arguments of a call are not a tuple/],
  ['appending to a number', pickle(int(1), int(2), OP.APPEND), /appends to what is not a list/],
  ['a key without a value', pickle(OP.EMPTY_DICT, OP.MARK, text('a'), OP.SETITEMS), /key without a value/],
  ['keys of a number', pickle(int(1), OP.MARK, text('a'), int(1), OP.SETITEMS), /sets keys of what is not a dict/],
  ['a name that is a number', pickle(int(1), int(2), OP.STACK_GLOBAL), /name of a class or function is not a text/],
  ['an object beside the pickle', pickle(tuple(text('module')), OP.BINPERSID), /refers to "module" beside the pickle/],
  [
    'a storage of no type',
    pickle(tuple(text('storage'), global('torch', 'NoStorage'), text('0'), text('cpu'), int(1)), OP.BINPERSID),
    /reference to a storage without a type/,
  ],
  ['marks in marks', pickle(new Uint8Array(20_000).fill(OP.MARK)), /nests more than 10000 deep/],
  ['millions of operations', pickle(new Uint8Array(3e6).fill(OP.NONE)), /more than 2000000 operations/],
  [
    'one list copied into many dicts',
    pickle(
      list(...Array.from({ length: 1000 }, () => list(text('a'), int(1)))),
      put(0),
      OP.POP,
      Array.from({ length: 3000 }, () => call('collections', 'OrderedDict', get(0))),
    ),
    /more than 2000000 operations/,
  ],
  [
    'a tensor of a negative offset',
    pickle(pickles.tensor({ elements: 4, offset: -1, shape: [1], strides: [1] })),
    /offset, shape or strides/,
  ],
  [
    'a tensor of a hundred dimensions',
    pickle(pickles.tensor({ elements: 4, shape: Array(100).fill(1), strides: Array(100).fill(1) })),
    /offset, shape or strides/,
  ],
  [
    'strides of another number',
    pickle(pickles.tensor({ elements: 4, shape: [2, 2], strides: [1] })),
    /offset, shape or strides/,
  ],
])('refuses %s', (_, bytes, problem) => {
  expect(() => read(bytes)).toThrow(DataError);
  expect(() => read(bytes)).toThrow(problem);
});
