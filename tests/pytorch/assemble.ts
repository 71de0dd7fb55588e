// Pickles and their containers, operation by operation: for tests of what no program of good will writes.
import { concatBytes } from '../../src/data/bytes.ts';
import { writeStoredZip } from '../../src/data/stored-zip.ts';
import { encodeUtf8 } from '../../src/data/utf8.ts';
import { OP } from '../../src/densenet/weights/pytorch/opcodes.ts';

/** Operations, and what follows them. */
export type Part = number | Uint8Array | readonly Part[];

export function assemble(...parts: readonly Part[]): Uint8Array<ArrayBuffer> {
  const flat = (part: Part): Uint8Array[] =>
    typeof part === 'number' ? [Uint8Array.of(part)] : part instanceof Uint8Array ? [part] : part.flatMap(flat);
  return concatBytes(parts.flatMap(flat));
}

export const little = (value: number | bigint, bytes: number): Uint8Array =>
  Uint8Array.from({ length: bytes }, (_, i) => Number((BigInt(value) >> BigInt(8 * i)) & 0xffn));

export const text = (value: string): Part => {
  const bytes = encodeUtf8(value);
  return [OP.BINUNICODE, little(bytes.length, 4), bytes];
};
export const int = (value: number): Part => [OP.BININT, little(BigInt.asUintN(32, BigInt(value)), 4)];
export const global = (module: string, name: string): Part => [OP.GLOBAL, encodeUtf8(`${module}\n${name}\n`)];
export const put = (index: number): Part => [OP.LONG_BINPUT, little(index, 4)];
export const get = (index: number): Part => [OP.LONG_BINGET, little(index, 4)];
export const tuple = (...items: readonly Part[]): Part => [OP.MARK, items, OP.TUPLE];

/** A call of a function by name. */
export const call = (module: string, name: string, ...args: readonly Part[]): Part => [
  global(module, name),
  tuple(...args),
  OP.REDUCE,
];
export const dict = (entries: Readonly<Record<string, Part>>): Part => [
  OP.EMPTY_DICT,
  OP.MARK,
  Object.entries(entries).map(([key, value]): Part => [text(key), value]),
  OP.SETITEMS,
];
export const storage = (key: string, elements: number, type = 'FloatStorage'): Part => [
  tuple(text('storage'), global('torch', type), text(key), text('cpu'), int(elements)),
  OP.BINPERSID,
];
export interface View {
  readonly key?: string;
  readonly elements: number;
  readonly offset?: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}
export const tensor = ({ key = '0', elements, offset = 0, shape, strides }: View): Part =>
  call(
    'torch._utils',
    '_rebuild_tensor_v2',
    storage(key, elements),
    int(offset),
    tuple(...shape.map(int)),
    tuple(...strides.map(int)),
    OP.NEWFALSE,
    call('collections', 'OrderedDict'),
  );

export const pickle = (...parts: readonly Part[]): Uint8Array<ArrayBuffer> => assemble(OP.PROTO, 2, parts, OP.STOP);

/** As torch.save's zip. @param storages bytes by key */
export const zipped = (
  object: Uint8Array,
  storages: Readonly<Record<string, Uint8Array>> = {},
): Uint8Array<ArrayBuffer> =>
  writeStoredZip(
    [
      { name: 'archive/data.pkl', bytes: object },
      ...Object.entries(storages).map(([key, bytes]) => ({ name: `archive/data/${key}`, bytes })),
      { name: 'archive/version', bytes: encodeUtf8('3\n') },
    ],
    'nothing else',
  );

const MAGIC = [OP.LONG1, 10, little(0x1950a86a20f9469cfc6cn, 10)];
const SYSTEM = dict({ protocol_version: int(1001), little_endian: OP.NEWTRUE });

/** As torch.save's older form. */
export const legacy = (object: Uint8Array, storages: Readonly<Record<string, Uint8Array>> = {}) =>
  assemble(
    pickle(MAGIC),
    pickle(int(1001)),
    pickle(SYSTEM),
    object,
    pickle(OP.EMPTY_LIST, OP.MARK, Object.keys(storages).map(text), OP.APPENDS),
    Object.values(storages).map((bytes): Part => [little(bytes.length / 4, 8), bytes]),
  );
