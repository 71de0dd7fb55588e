// Pickles of protocols 2 to 5, read without Python's meaning: a pickle is a program, and this machine runs the part of it that
// puts data together. No class is looked up, nothing is called: what a pickle wants called becomes a value (calls.ts knows what
// tensors and containers are written as; anything else is inert). Work and memory are in proportion to the bytes: every value
// costs at least one of a limited number of operations, and what is copied is counted as well.

import { decodeUtf8 } from '../../../data/utf8.ts';
import { DataError } from '../../../runtime/errors.ts';
import { called } from './calls.ts';
import { OP, opcodeName } from './opcodes.ts';
import { type Global, type Sequence, structured, type Value } from './values.ts';

/** Operations and copied items per pickle: DenseNet-201 with its optimizer's state has 60,000. */
const MOST_OPERATIONS = 2_000_000;
/** Python's integers have no limit; a magic number has 10 bytes. */
const MOST_INTEGER_BYTES = 256;
const MOST_NAME_BYTES = 1000;
const MOST_MARKS = 10_000;

export interface Unpickled {
  readonly value: Value;
  /** The byte after the pickle. */
  readonly end: number;
}

/** What stands for an object outside of the pickle. @throws DataError */
export type PersistentLoad = (id: Value, at: number) => Value;

/**
 * @param at where in `bytes` the pickle begins
 * @param file what errors call it
 * @throws DataError where it is truncated, not a pickle of protocol 2 to 5, or larger than any file of weights
 */
export function unpickle(bytes: Uint8Array, at: number, file: string, load: PersistentLoad): Unpickled {
  return new Unpickler(bytes, at, file, load).run();
}

class Unpickler {
  private readonly view: DataView;
  private stack: Value[] = [];
  private readonly marks: Value[][] = [];
  private readonly memo = new Map<number, Value>();
  private operations = 0;
  /** Where the operation that is carried out begins. */
  private start: number;

  constructor(
    private readonly bytes: Uint8Array,
    private at: number,
    private readonly file: string,
    private readonly load: PersistentLoad,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.start = at;
  }

  run(): Unpickled {
    if (this.bytes[this.at] !== OP.PROTO) throw this.error('is not a pickle of protocol 2 or newer');
    for (;;) {
      this.start = this.at;
      this.spend(1);
      const opcode = this.uint(1);
      if (opcode === OP.STOP) return { value: this.pop(), end: this.at };
      this.step(opcode);
    }
  }

  /** One operation. */
  private step(opcode: number): void {
    const value = this.produced(opcode);
    if (value === undefined) this.act(opcode);
    else this.stack.push(value);
  }

  /** What an operation puts on the stack, of those that do nothing else to it but take. */
  private produced(opcode: number): Value | undefined {
    switch (opcode) {
      case OP.DUP:
        return this.top();
      case OP.BINGET:
        return this.remembered(this.uint(1));
      case OP.LONG_BINGET:
        return this.remembered(this.uint(4));
      case OP.NONE:
        return null;
      case OP.NEWTRUE:
        return true;
      case OP.NEWFALSE:
        return false;
      case OP.BININT:
        return this.uint(4) | 0;
      case OP.BININT1:
        return this.uint(1);
      case OP.BININT2:
        return this.uint(2);
      case OP.LONG1:
        return this.integer(this.uint(1));
      case OP.LONG4:
        return this.integer(this.uint(4));
      case OP.BINFLOAT:
        return this.float();
      case OP.SHORT_BINUNICODE:
      case OP.SHORT_BINSTRING:
        return this.text(this.uint(1));
      case OP.BINUNICODE:
      case OP.BINSTRING:
        return this.text(this.uint(4));
      case OP.BINUNICODE8:
        return this.text(this.uint(8));
      case OP.SHORT_BINBYTES:
        return this.take(this.uint(1));
      case OP.BINBYTES:
        return this.take(this.uint(4));
      case OP.BINBYTES8:
      case OP.BYTEARRAY8:
        return this.take(this.uint(8));
      case OP.EMPTY_LIST:
        return { kind: 'list', items: [] };
      case OP.EMPTY_DICT:
        return { kind: 'dict', entries: new Map() };
      case OP.EMPTY_SET:
        return { kind: 'set', items: [] };
      case OP.EMPTY_TUPLE:
        return { kind: 'tuple', items: [] };
      case OP.TUPLE1:
        return { kind: 'tuple', items: this.popSeveral(1) };
      case OP.TUPLE2:
        return { kind: 'tuple', items: this.popSeveral(2) };
      case OP.TUPLE3:
        return { kind: 'tuple', items: this.popSeveral(3) };
      case OP.TUPLE:
        return { kind: 'tuple', items: this.popMark() };
      case OP.FROZENSET:
        return { kind: 'set', items: this.popMark() };
      case OP.GLOBAL:
        return this.global(this.line(), this.line());
      case OP.STACK_GLOBAL:
        return this.stackGlobal();
      case OP.BINPERSID:
        return this.load(this.pop(), this.start);
      case OP.REDUCE:
      case OP.NEWOBJ:
        return this.call(this.pop());
      case OP.NEWOBJ_EX:
        this.pop(); // keyword arguments, which no container or tensor has
        return this.call(this.pop());
      default:
        return undefined;
    }
  }

  private act(opcode: number): void {
    switch (opcode) {
      case OP.PROTO:
        this.protocol();
        break;
      case OP.FRAME:
        this.skipLength();
        break;
      case OP.MARK:
        this.mark();
        break;
      case OP.POP:
        this.drop();
        break;
      case OP.POP_MARK:
        this.popMark();
        break;
      case OP.APPEND:
        this.append(this.popSeveral(1));
        break;
      case OP.APPENDS:
      case OP.ADDITEMS:
        this.append(this.popMark());
        break;
      case OP.SETITEM:
        this.setItems(this.popSeveral(2));
        break;
      case OP.SETITEMS:
        this.setItems(this.popMark());
        break;
      case OP.BINPUT:
        this.memo.set(this.uint(1), this.top());
        break;
      case OP.LONG_BINPUT:
        this.memo.set(this.uint(4), this.top());
        break;
      case OP.MEMOIZE:
        this.memo.set(this.memo.size, this.top());
        break;
      case OP.BUILD:
        this.build(this.pop());
        break;
      default:
        throw this.error(`the operation ${opcodeName(opcode)} of pickles is not read`);
    }
  }

  private error(problem: string): DataError {
    return new DataError(this.file, this.start, problem);
  }

  private readonly truncated = () => this.error(`truncated: the pickle goes on beyond its ${this.bytes.length} bytes`);

  private spend(operations: number): void {
    this.operations += operations;
    if (this.operations > MOST_OPERATIONS)
      throw this.error(`the pickle has more than ${MOST_OPERATIONS} operations, more than any file of weights`);
  }

  private top(): Value {
    const value = this.stack.at(-1);
    if (value === undefined) throw this.error('damaged: the pickle takes a value where there is none');
    return value;
  }

  private pop(): Value {
    const value = this.top();
    this.stack.pop();
    return value;
  }

  private popSeveral(count: number): Value[] {
    if (this.stack.length < count) this.stack.length = 0;
    this.top();
    return this.stack.splice(this.stack.length - count, count);
  }

  private mark(): void {
    if (this.marks.length >= MOST_MARKS) throw this.error(`the pickle nests more than ${MOST_MARKS} deep`);
    this.marks.push(this.stack);
    this.stack = [];
  }

  private popMark(): Value[] {
    const before = this.marks.pop();
    if (!before) throw this.error('damaged: the pickle ends a group that it did not begin');
    const items = this.stack;
    this.stack = before;
    return items;
  }

  /** A mark is a value to this operation. */
  private drop(): void {
    if (this.stack.length > 0) this.stack.pop();
    else this.popMark();
  }

  /** A little-endian length or number. */
  private uint(size: 1 | 2 | 4 | 8): number {
    if (this.at + size > this.bytes.length) throw this.truncated();
    const at = this.at;
    this.at += size;
    if (size === 1) return this.view.getUint8(at);
    if (size === 2) return this.view.getUint16(at, true);
    if (size === 4) return this.view.getUint32(at, true);
    const value = this.view.getBigUint64(at, true);
    if (value > Number.MAX_SAFE_INTEGER) throw this.truncated();
    return Number(value);
  }

  private float(): number {
    if (this.at + 8 > this.bytes.length) throw this.truncated();
    this.at += 8;
    return this.view.getFloat64(this.at - 8, false);
  }

  /** The next bytes, not copied. */
  private take(length: number): Uint8Array {
    if (length > this.bytes.length - this.at) throw this.truncated();
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  /** UTF-8; texts that Python 2 wrote in another encoding are Latin-1, which has every byte. */
  private text(length: number): string {
    const taken = this.take(length);
    // Names of tensors are short and ASCII, and there are many.
    if (length <= 256 && taken.every((byte) => byte < 0x80)) return String.fromCharCode(...taken);
    const decoded = decodeUtf8(taken);
    return 'text' in decoded ? decoded.text : latin1(taken);
  }

  private integer(length: number): number | bigint {
    if (length > MOST_INTEGER_BYTES)
      throw this.error(`an integer of ${length} bytes; at most ${MOST_INTEGER_BYTES} are read`);
    let value = 0n;
    for (const byte of this.take(length).toReversed()) value = (value << 8n) | BigInt(byte);
    const signed = BigInt.asIntN(8 * length, value);
    return Number.isSafeInteger(Number(signed)) ? Number(signed) : signed;
  }

  private line(): string {
    const end = this.bytes.subarray(this.at, this.at + MOST_NAME_BYTES).indexOf(0x0a);
    if (end < 0) throw this.error(`damaged: a name that does not end within ${MOST_NAME_BYTES} bytes`);
    const text = this.text(end);
    this.at++;
    return text;
  }

  private protocol(): void {
    const version = this.uint(1);
    if (version < 2 || version > 5) throw this.error(`pickles of protocol ${version} are not read; only 2 to 5`);
  }

  private skipLength(): void {
    if (this.uint(8) > this.bytes.length - this.at) throw this.truncated();
  }

  private remembered(index: number): Value {
    const value = this.memo.get(index);
    if (value === undefined) throw this.error(`damaged: the pickle refers to its value ${index}, which there is not`);
    return value;
  }

  private global(module: string, name: string): Global {
    return { kind: 'global', module, name };
  }

  private stackGlobal(): Global {
    const [module, name] = this.popSeveral(2);
    if (typeof module !== 'string' || typeof name !== 'string' || module.length + name.length > 2 * MOST_NAME_BYTES)
      throw this.error('damaged: the name of a class or function is not a text, or too long');
    return this.global(module, name);
  }

  private call(args: Value): Value {
    const of = this.pop();
    const found = structured(args);
    if (found?.kind !== 'tuple') throw this.error('damaged: the arguments of a call are not a tuple');
    const copied = (items: Sequence) => this.spend(items.items.length);
    return called(of, found.items, copied, (problem) => this.error(problem));
  }

  private build(state: Value): void {
    const object = structured(this.top());
    // What containers and tensors carry beside their content (versions of modules, hooks) is of no use here.
    if (object?.kind === 'call') object.state = state;
  }

  private append(items: readonly Value[]): void {
    const object = structured(this.top());
    if (object?.kind === 'list' || object?.kind === 'set') for (const item of items) object.items.push(item);
    else if (object?.kind === 'call') {
      object.contents ??= { kind: 'list', items: [] };
      const { contents } = object;
      if (contents.kind !== 'dict') for (const item of items) contents.items.push(item);
    } else throw this.error('damaged: the pickle appends to what is not a list');
  }

  private setItems(pairs: readonly Value[]): void {
    const object = structured(this.top());
    if (pairs.length % 2 !== 0) throw this.error('damaged: a key without a value');
    if (object?.kind === 'dict') setAll(object.entries, pairs);
    else if (object?.kind === 'call') {
      object.contents ??= { kind: 'dict', entries: new Map() };
      if (object.contents.kind === 'dict') setAll(object.contents.entries, pairs);
    } else throw this.error('damaged: the pickle sets keys of what is not a dict');
  }
}

function setAll(entries: Map<Value, Value>, pairs: readonly Value[]): void {
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const [key, value] = [pairs[i], pairs[i + 1]];
    if (key !== undefined && value !== undefined) entries.set(key, value);
  }
}

/** Every byte as a character. */
function latin1(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += 4096) parts.push(String.fromCharCode(...bytes.subarray(at, at + 4096)));
  return parts.join('');
}
