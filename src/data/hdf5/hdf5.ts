// HDF5 files, as far as Keras writes them through h5py: groups, attributes of text and numbers, datasets of numbers (the format's
// specification, version 3.0; superblocks 0 to 3). A reader of our own: h5wasm is the whole library in 4 MB of WebAssembly, which a
// page's policy must allow; jsfive is small and kept, but follows an untrusted file's trees and chunk sizes without limit, throws
// texts, and makes a JavaScript array of every number. Here numbers are a part of the file, and nothing is read without end.

import { Hdf5Bytes, padded, UNDEFINED } from './cursor.ts';
import { readElements } from './datasets.ts';
import { type Datatype, elementsOf, readDataspace, readDatatype } from './datatypes.ts';
import { readLinks } from './groups.ts';
import { MESSAGE, type Message, readMessages } from './headers.ts';

/** The numbers of a dataset; without bytes where they are of a type that is not read. */
export interface Hdf5Dataset {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array | undefined;
}

const SIGNATURE = '\x89HDF\r\n\x1a\n';

/** The root group. @throws DataError where the file is damaged, or of a form that h5py does not write */
export function openHdf5(bytes: Uint8Array, file: string): Hdf5Object {
  const from = new Hdf5Bytes(bytes, file);
  from.signature(0, SIGNATURE);
  const version = from.u8(8);
  const isOld = version < 2;
  if (version > 3) throw from.error(8, `is of a later form of HDF5 (superblock ${version})`);
  const sizes = isOld ? 13 : 9;
  if (from.u8(sizes) !== 8 || from.u8(sizes + 1) !== 8)
    throw from.error(sizes, 'has addresses of another size than 8 bytes, which h5py does not write');
  const base = version === 0 ? 24 : version === 1 ? 28 : 12;
  if (from.offset(base) !== 0) throw from.error(base, 'begins with a user block, which is not read');
  const root = from.offset(isOld ? base + 40 : 36);
  return new Hdf5Object(from, root, '');
}

/** A group or a dataset. */
export class Hdf5Object {
  private readonly messages: readonly Message[];
  private foundLinks: ReadonlyMap<string, number> | undefined;
  private foundAttributes: ReadonlyMap<string, Attribute> | undefined;

  constructor(
    private readonly from: Hdf5Bytes,
    /** Of its header: no two objects have one. */
    readonly at: number,
    readonly path: string,
  ) {
    this.messages = readMessages(from, at);
  }

  get isDataset(): boolean {
    return this.messages.some(({ type }) => type === MESSAGE.dataspace);
  }

  private get links(): ReadonlyMap<string, number> {
    this.foundLinks ??= readLinks(this.from, this.messages);
    return this.foundLinks;
  }

  /** Names of what the group holds, in the file's order, which is that of the alphabet. */
  get names(): readonly string[] {
    return [...this.links.keys()];
  }

  /** What lies at a path from here: `a/b`. Undefined: nothing. */
  get(path: string): Hdf5Object | undefined {
    const [name = '', ...rest] = path.split('/').filter((part) => part !== '');
    const at = this.links.get(name);
    if (at === undefined || at === UNDEFINED) return undefined;
    const child = new Hdf5Object(this.from, at, this.path === '' ? name : `${this.path}/${name}`);
    return rest.length === 0 ? child : child.get(rest.join('/'));
  }

  /** A text; undefined where there is none of that name. */
  text(name: string): string | undefined {
    return this.texts(name)?.[0];
  }

  /** A list of texts; undefined where there is none of that name. @throws DataError where it is something else */
  texts(name: string): readonly string[] | undefined {
    const attribute = this.attributes.get(name);
    return attribute && textsOf(this.from, attribute);
  }

  get attributeNames(): readonly string[] {
    return [...this.attributes.keys()];
  }

  private get attributes(): ReadonlyMap<string, Attribute> {
    this.foundAttributes ??= new Map(
      this.messages.flatMap((message) => {
        if (message.type === MESSAGE.attributeInfo) refuseDense(this.from, message.at);
        return message.type === MESSAGE.attribute ? [readAttribute(this.from, message)] : [];
      }),
    );
    return this.foundAttributes;
  }

  /** @throws DataError where it is damaged, or no dataset */
  read(): Hdf5Dataset {
    const message = (type: number) => this.messages.find((one) => one.type === type);
    const [space, type] = [message(MESSAGE.dataspace), message(MESSAGE.datatype)];
    if (!space || !type) throw this.from.error(this.at, `damaged: ${this.path} is not a dataset`);
    const shape = readDataspace(this.from, space.at) ?? [0];
    if (type.shared) return { dtype: 'HDF5 named type', shape, bytes: undefined };
    const datatype = readDatatype(this.from, type.at);
    if (datatype.kind !== 'number')
      return { dtype: datatype.kind === 'other' ? datatype.name : 'HDF5 text', shape, bytes: undefined };
    const { dtype, size } = datatype;
    const bytes = size * elementsOf(this.from, shape, space.at);
    return { dtype, shape, bytes: readElements(this.from, this.messages, { shape, size, bytes }) };
  }
}

interface Attribute {
  readonly datatype: Datatype;
  readonly shape: readonly number[] | undefined;
  readonly at: number;
  readonly end: number;
}

function readAttribute(from: Hdf5Bytes, { at, size }: Message): readonly [string, Attribute] {
  const version = from.u8(at);
  if (version < 1 || version > 3) throw from.error(at, `damaged: an attribute of version ${version}`);
  const [name, type, space] = [from.u16(at + 2), from.u16(at + 4), from.u16(at + 6)];
  const step = version === 1 ? padded : (length: number) => length;
  const nameAt = at + (version === 3 ? 9 : 8);
  const typeAt = nameAt + step(name);
  const spaceAt = typeAt + step(type);
  // Of a named type there is only where it lies.
  const isShared = version > 1 && (from.u8(at + 1) & 1) !== 0;
  const datatype: Datatype = isShared ? { kind: 'other', name: 'named', size: 0 } : readDatatype(from, typeAt);
  const attribute = { datatype, shape: readDataspace(from, spaceAt), at: spaceAt + step(space), end: at + size };
  return [from.text(nameAt, name), attribute];
}

function textsOf(from: Hdf5Bytes, { datatype, shape, at, end }: Attribute): readonly string[] {
  if (!shape) return [];
  const count = elementsOf(from, shape, at);
  // A list of nothing is one of numbers to NumPy, and so in the file.
  if (count === 0) return [];
  const { kind, size } = datatype;
  if (kind !== 'text' && kind !== 'texts')
    throw from.error(at, 'damaged: an attribute is not the text that it should be');
  if (at + count * size > end) throw from.error(at, 'damaged: a list of texts is longer than its message');
  return Array.from({ length: count }, (_, i) => {
    const place = at + i * size;
    return kind === 'text' ? from.text(place, size) : heapText(from, place);
  });
}

/** A text in a global heap: its length, the heap and its number there. */
function heapText(from: Hdf5Bytes, place: number): string {
  const length = from.u32(place);
  const heap = from.offset(place + 4);
  const index = from.u32(place + 12);
  if (length === 0 || heap === UNDEFINED) return '';
  from.signature(heap, 'GCOL');
  const end = heap + from.u64(heap + 8);
  for (let at = heap + 16; at + 16 <= end; ) {
    const [own, size] = [from.u16(at), from.u64(at + 8)];
    if (own === index) return from.text(at + 16, Math.min(length, size));
    if (own === 0) break;
    at += 16 + padded(size);
  }
  throw from.error(place, 'damaged: a text is not in its heap');
}

function refuseDense(from: Hdf5Bytes, start: number): void {
  const flags = from.u8(start + 1);
  if (from.offset(start + 2 + (flags & 1 ? 2 : 0)) === UNDEFINED) return;
  throw from.error(
    start,
    'has attributes in the newest form of HDF5 (dense), which is not read: write it with h5py.File(…, libver="earliest")',
  );
}
