// Pickles that are made to do harm: programs that a real unpickler would run, values that hold themselves or each other many
// times over, lengths of nothing. As they are they must be read as data, or refused.
import { OP } from '../../src/densenet/weights/pytorch/opcodes.ts';
import {
  assemble,
  call,
  dict,
  get,
  global,
  int,
  legacy,
  little,
  type Part,
  pickle,
  put,
  tensor,
  text,
  tuple,
} from './assemble.ts';

/** What would write this file, if anything of a pickle were run. */
export const MARKER = '/tmp/densenet-a-pickle-was-run';
const COMMAND = text(`touch ${MARKER}`);
const CODE = text(`open(${JSON.stringify(MARKER)}, "w")`);

const programs: Part = [
  OP.EMPTY_LIST,
  OP.MARK,
  call('os', 'system', COMMAND),
  call('posix', 'system', COMMAND),
  call('builtins', 'exec', CODE),
  call('__builtin__', 'eval', CODE),
  call('builtins', 'getattr', call('builtins', '__import__', text('os')), text('system')),
  call('torch.hub', 'load', text('a/b'), text('c')),
  [global('subprocess', 'Popen'), tuple(COMMAND), OP.NEWOBJ, dict({ a: int(1) }), OP.BUILD],
  [global('subprocess', 'Popen'), tuple(), dict({ args: COMMAND }), OP.NEWOBJ_EX],
  [text('nt'), text('system'), OP.STACK_GLOBAL, tuple(COMMAND), OP.REDUCE],
  call('torch.storage', '_load_from_bytes', [OP.BINBYTES, little(4, 4), 0x80, 2, 0x4e, 0x2e]),
  call('torch._tensor', '_rebuild_from_type_v2', global('os', 'system'), global('a', 'B'), tuple(COMMAND), OP.NONE),
  OP.APPENDS,
];

const levels = (make: (before: number) => Part, count: number) =>
  Array.from({ length: count }, (_, level): Part => [make(level), put(level + 1)]);
const tenOf = (level: number): Part => [OP.MARK, Array.from({ length: 10 }, () => get(level)), OP.TUPLE];
const NAME = 'features.denseblock1.denselayer1.norm1.weight';

export const hostilePickles = (): readonly Uint8Array<ArrayBuffer>[] => [
  pickle(programs),
  pickle(dict({ state_dict: dict({ [NAME]: call('os', 'system', COMMAND) }) })),
  pickle(text('ha'), put(0), levels(tenOf, 9)),
  pickle(
    text('ha'),
    put(0),
    levels((level) => dict({ a: get(level), b: get(level), c: tenOf(level) }), 12),
  ),
  pickle(
    OP.EMPTY_LIST,
    put(0),
    get(0),
    OP.APPEND,
    put(1),
    dict({ a: get(0), b: get(1) }),
    put(2),
    text('c'),
    get(2),
    OP.SETITEM,
  ),
  pickle(
    OP.EMPTY_DICT,
    Array.from({ length: 500 }, (): Part => [text('a'), OP.EMPTY_DICT]),
    Array.from({ length: 500 }, () => OP.SETITEM),
  ),
  pickle(
    Array.from({ length: 500 }, () => OP.MARK),
    OP.NONE,
    Array.from({ length: 500 }, () => OP.TUPLE),
  ),
  pickle(
    int(1),
    Array.from({ length: 2000 }, () => OP.TUPLE1),
  ),
  pickle(OP.LONG4, little(2 ** 32 - 1, 4), new Uint8Array(64)),
  pickle(OP.BINUNICODE8, little(2n ** 63n - 1n, 8), new Uint8Array(64)),
  pickle(OP.BINBYTES8, little(2n ** 40n, 8), new Uint8Array(64)),
  pickle(OP.FRAME, little(2n ** 62n, 8), OP.NONE),
  pickle(dict({ [NAME]: tensor({ elements: 4, shape: [1e9, 1e9], strides: [0, 0] }) })),
  pickle(dict({ [NAME]: tensor({ key: '../../etc/passwd', elements: 4, shape: [4], strides: [1] }) })),
  pickle(dict({ __proto__: dict({ polluted: int(1) }), constructor: dict({ prototype: int(1) }) })),
  assemble(
    OP.PROTO,
    4,
    OP.FRAME,
    little(20, 8),
    OP.SHORT_BINUNICODE,
    2,
    0x61,
    0x62,
    OP.MEMOIZE,
    OP.EMPTY_SET,
    OP.MARK,
    OP.BINGET,
    0,
    OP.ADDITEMS,
    OP.STOP,
  ),
];

export const hostileLegacy = (): Uint8Array<ArrayBuffer> =>
  legacy(
    pickle(dict({ epoch: programs, state_dict: dict({ [NAME]: tensor({ elements: 4, shape: [4], strides: [1] }) }) })),
    {
      0: new Uint8Array(16),
    },
  );
