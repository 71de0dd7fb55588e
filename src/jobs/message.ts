// What travels between the command line and a host: plain data with typed arrays anywhere in it, in one flat frame.
// Frame: u32 magic, u32 length of the JSON, the JSON { head, attachments: [[kind, length], …] }, then the bytes of
// each attachment, a typed array of that kind. The JSON's end and every attachment start on a multiple of 8, so that
// typed arrays can be views of the frame. Little-endian. A frame that is anything else is a DataError.
//
// In the head an object { "$": [what, …] } stands for what JSON lacks: the next attachment, a map, a number that is not
// finite, undefined, an object that has a key "$" itself. Errors travel apart, as JSON (`encodeError`), over either transport.

import { isJsonObject, type JsonValue, parseJson } from '../data/json.ts';
import * as errors from '../runtime/errors.ts';
import { printableLines, printableMessage } from '../runtime/printable.ts';

/** A run's record and its curves, or a report's tables: a head is larger than any file's JSON. */
const MOST_HEAD_CHARACTERS = 256_000_000;
const MOST_HEAD_DEPTH = 64;

const MAGIC = 0x32_4d_4e_44; // "DNM2"
const align = (offset: number) => Math.ceil(offset / 8) * 8;

const KINDS = {
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
} as const;
type Kind = keyof typeof KINDS;
type Arrays = InstanceType<(typeof KINDS)[Kind]>;
const isKind = (name: unknown): name is Kind => typeof name === 'string' && Object.hasOwn(KINDS, name);

/** One frame. The arrays' bytes are copied. @throws TypeError for what is no plain data */
export function encodeMessage(value: unknown): Uint8Array<ArrayBuffer> {
  const arrays: Arrays[] = [];
  const head = toJson(value, arrays);
  const sizes = arrays.map((array) => [array[Symbol.toStringTag], array.byteLength] as const);
  const json = new TextEncoder().encode(JSON.stringify({ head, attachments: sizes }));
  const body = align(8 + json.byteLength);
  const frame = new Uint8Array(sizes.reduce((end, [, size]) => align(end + size), body));
  const view = new DataView(frame.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, json.byteLength, true);
  frame.set(json, 8);
  let offset = body;
  for (const { buffer, byteOffset, byteLength } of arrays) {
    frame.set(new Uint8Array(buffer, byteOffset, byteLength), offset);
    offset = align(offset + byteLength);
  }
  return frame;
}

/** The value as JSON; its typed arrays go to `arrays`, in the order in which the head names them. */
function toJson(value: unknown, arrays: Arrays[]): JsonValue {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : { $: ['number', String(value)] };
  if (value === undefined) return { $: ['undefined'] };
  if (typeof value !== 'object') throw new TypeError(`a message cannot carry a ${typeof value}`);
  if (Array.isArray(value)) return value.map((each) => toJson(each, arrays));
  if (isTypedArray(value)) {
    arrays.push(value);
    return { $: ['array'] };
  }
  if (value instanceof Map) return { $: ['map', [...value].map((entry) => toJson(entry, arrays))] };
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer || value instanceof Set)
    throw new TypeError(`a message cannot carry a ${value.constructor.name}`);
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  const entries = fields.map(([key, field]): [string, JsonValue] => [key, toJson(field, arrays)]);
  return Object.hasOwn(value, '$') ? { $: ['object', entries] } : Object.fromEntries(entries);
}

const isTypedArray = (value: object): value is Arrays =>
  ArrayBuffer.isView(value) && isKind(Reflect.get(value, Symbol.toStringTag));

type Fail = (offset: number, problem: string) => never;

/**
 * The value in a frame. Its typed arrays are views of the frame, where that is aligned to 8 bytes; otherwise copies.
 * @throws DataError for anything that `encodeMessage` does not write
 */
export function decodeMessage(frame: Uint8Array): unknown {
  const fail: Fail = (offset, problem) => {
    throw new errors.DataError('message', offset, problem);
  };
  if (frame.byteLength < 8) return fail(0, `a frame has at least 8 bytes, this has ${frame.byteLength}`);
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (view.getUint32(0, true) !== MAGIC) return fail(0, 'this is not a message');
  const length = view.getUint32(4, true);
  if (8 + length > frame.byteLength) return fail(4, `a head of ${length} bytes is longer than the frame`);
  const { head, sizes } = parseHead(frame.subarray(8, 8 + length), fail);
  const arrays: Arrays[] = [];
  let offset = align(8 + length);
  for (const [i, [kind, size]] of sizes.entries()) {
    if (offset + size > frame.byteLength) return fail(offset, `attachment ${i} of ${sizes.length} is cut short`);
    arrays.push(arrayOf(kind, frame.subarray(offset, offset + size)));
    offset = align(offset + size);
  }
  if (offset !== frame.byteLength) return fail(offset, `the frame ends at ${frame.byteLength}`);
  const waiting = arrays.values();
  const value = fromJson(head, waiting, fail);
  if (!waiting.next().done) return fail(8, 'there are more attachments than the head names');
  return value;
}

function arrayOf(kind: Kind, bytes: Uint8Array): Arrays {
  const { buffer, byteOffset, byteLength } = bytes;
  if (byteOffset % 8 !== 0 || !(buffer instanceof ArrayBuffer)) return new KINDS[kind](bytes.slice().buffer);
  return new KINDS[kind](buffer, byteOffset, byteLength / KINDS[kind].BYTES_PER_ELEMENT);
}

function parseHead(bytes: Uint8Array, fail: Fail) {
  let parsed: unknown;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    parsed = parseJson(text, 'message', { characters: MOST_HEAD_CHARACTERS, depth: MOST_HEAD_DEPTH });
  } catch (cause) {
    return fail(8, `the head is not JSON (${cause instanceof Error ? cause.message : cause})`);
  }
  if (!isJsonObject(parsed)) return fail(8, 'the head names no attachments');
  const { head, attachments } = parsed;
  if (head === undefined || attachments === undefined) return fail(8, 'the head names no attachments');
  if (!Array.isArray(attachments) || !attachments.every(isSize))
    return fail(8, 'attachments must be pairs of a kind of typed array and a length that it can have');
  return { head, sizes: attachments };
}

const isSize = (pair: unknown): pair is [Kind, number] =>
  Array.isArray(pair) &&
  pair.length === 2 &&
  isKind(pair[0]) &&
  Number.isSafeInteger(pair[1]) &&
  pair[1] >= 0 &&
  pair[1] % KINDS[pair[0]].BYTES_PER_ELEMENT === 0;

/** The reverse of `toJson`. */
function fromJson(json: JsonValue, arrays: Iterator<Arrays>, fail: Fail): unknown {
  const read = (each: JsonValue): unknown => fromJson(each, arrays, fail);
  if (typeof json !== 'object' || json === null) return json;
  if (Array.isArray(json)) return json.map(read);
  if (!isJsonObject(json)) return json;
  if (!Object.hasOwn(json, '$'))
    return Object.fromEntries(Object.entries(json).map(([key, each]) => [key, read(each)]));
  const [what, given, ...more] = Array.isArray(json.$) ? json.$ : [];
  const wrong = (): never => fail(8, `the head has ${JSON.stringify(json).slice(0, 80)}, which stands for nothing`);
  if (Object.keys(json).length !== 1 || more.length > 0) return wrong();
  if (what === 'undefined' && given === undefined) return undefined;
  if (what === 'array' && given === undefined) {
    const { done, value } = arrays.next();
    return done ? fail(8, 'the head names more attachments than there are') : value;
  }
  if (what === 'number' && (given === 'NaN' || given === 'Infinity' || given === '-Infinity')) return Number(given);
  if (!Array.isArray(given) || !given.every(isPair)) return wrong();
  if (what === 'map') return new Map(given.map(([key, each]) => [read(key), read(each)]));
  const entries = given.map(([key, each]) => [typeof key === 'string' ? key : wrong(), read(each)] as const);
  if (what === 'object' && given.some(([key]) => key === '$')) return Object.fromEntries(entries);
  return wrong();
}

const isPair = (value: JsonValue): value is [JsonValue, JsonValue] => Array.isArray(value) && value.length === 2;

/**
 * An error across the wire: a typed error thrown in a host is the same class, with the same fields and message, where the
 * job was asked for. Any other error arrives as an Error that keeps its name and the host's stack.
 */
export type WireError = {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
  /** Present for a DenseNetError. */
  readonly code?: errors.ErrorCode;
  readonly fields?: { readonly [key: string]: JsonValue };
};

type Fields = Readonly<Record<string, JsonValue>>;
const text = (value: JsonValue | undefined) => (typeof value === 'string' ? value : '');
// JSON has no NaN and no infinity: they travel as text.
const number = (value: JsonValue | undefined) => (value === null ? Number.NaN : Number(value));
const REASONS: readonly errors.StorageReason[] = ['unavailable', 'full', 'busy', 'missing'];
const storageReason = (value: JsonValue | undefined) => REASONS.find((reason) => reason === value) ?? 'failed';
const NO_GPU_REASONS: readonly errors.NoGpuReason[] = ['timeout', 'lost', 'aborted'];
const noGpuReason = (value: JsonValue | undefined) =>
  NO_GPU_REASONS.find((reason) => reason === value) ?? 'unavailable';
const numberAsText = (_key: string, value: unknown) =>
  typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;

// Constructors compose their messages, so each is given its fields here and then the message as it was sent.
const revive: Readonly<Record<string, (fields: Fields, problem: string) => errors.DenseNetError>> = {
  ConfigError: ({ field, value, problem: rule }) => new errors.ConfigError(text(field), value, text(rule)),
  DataError: ({ file, offset }, problem) => new errors.DataError(text(file), number(offset), problem),
  StateError: ({ tensor }, problem) => new errors.StateError(text(tensor), problem),
  WeightsError: ({ file, ...misfit }, problem) => new errors.WeightsError(text(file), problem, misfit as errors.Misfit),
  LimitError: ({ largestBatch }, problem) => new errors.LimitError(problem, number(largestBatch)),
  NoGpuError: ({ reason }, problem) => new errors.NoGpuError(problem, { reason: noGpuReason(reason) }),
  DeviceLostError: ({ reason }) => new errors.DeviceLostError(text(reason)),
  DisposedError: ({ object }) => new errors.DisposedError(text(object)),
  GpuError: ({ outOfMemory }, problem) => new errors.GpuError(problem, { outOfMemory: outOfMemory === true }),
  NotFiniteError: ({ found, step, loss, images }) =>
    new errors.NotFiniteError(found as errors.NonFinite, {
      step: step === undefined ? undefined : number(step),
      loss: loss === undefined ? undefined : number(loss),
      images: images as readonly number[],
    }),
  WrongResultError: ({ kernel }, problem) => new errors.WrongResultError(text(kernel), problem),
  StorageError: ({ reason }, problem) => new errors.StorageError(storageReason(reason), problem),
  ShaderError: (_fields, problem) => new errors.ShaderError('', problem),
};

/** What was thrown, as JSON. */
export function encodeError(thrown: unknown): WireError {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const base = { name: error.name, message: error.message, stack: error.stack ?? '' };
  if (!(error instanceof errors.DenseNetError)) return base;
  const { code, name: _name, message: _message, stack: _stack, cause: _cause, ...fields } = error;
  return { ...base, code, fields: JSON.parse(JSON.stringify(fields, numberAsText)) };
}

/** As `decodeError`, of JSON. @throws DataError where that is no error that `encodeError` made */
export function errorFromText(text: string): Error {
  const found = parseJson(text, 'error', { depth: 64 });
  if (isWireError(found)) return decodeError(found);
  throw new errors.DataError('error', 0, 'has no name and message');
}

const isWireError = (value: unknown): value is WireError =>
  isJsonObject(value) && typeof value.name === 'string' && typeof value.message === 'string';

/** The error that `encodeError` was given. */
export function decodeError({ name, message, stack, code, fields = {} }: WireError): Error {
  const revived =
    code === undefined
      ? new Error(message)
      : (revive[name]?.(fields, message) ?? new errors.DenseNetError(code, message));
  const fixed = { configurable: true, writable: true, enumerable: false };
  return Object.defineProperties(revived, {
    name: { ...fixed, value: name },
    message: { ...fixed, value: printableMessage(message, printableLines) },
    stack: { ...fixed, value: stack || revived.stack },
  });
}
