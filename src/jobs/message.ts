// What travels between the command line and a host: a JSON head and named byte strings, in one flat frame.
// Frame: u32 magic, u32 length of the JSON, the JSON { head, attachments: [[name, length], …] }, then the bytes of
// each attachment. The JSON's end and every attachment start on a multiple of 8, so that typed arrays can be views
// of the frame. Little-endian. A frame that is anything else is a DataError.
import { type JsonValue, parseJson } from '../data/json.ts';
import { DataError } from '../runtime/errors.ts';

export type { JsonValue } from '../data/json.ts';

export interface Message {
  readonly head: JsonValue;
  readonly attachments: ReadonlyMap<string, Uint8Array>;
}

/** A run's record and its curves, or a report's tables: a head is larger than any file's JSON. */
const MOST_HEAD_CHARACTERS = 256_000_000;
const MOST_HEAD_DEPTH = 64;

const MAGIC = 0x31_4d_4e_44; // "DNM1"
const align = (offset: number) => Math.ceil(offset / 8) * 8;

/** A message of a head and, where there are bytes, an object or map of them. */
export function message(
  head: JsonValue,
  attachments: Readonly<Record<string, Uint8Array>> | ReadonlyMap<string, Uint8Array> = {},
): Message {
  return { head, attachments: attachments instanceof Map ? attachments : new Map(Object.entries(attachments)) };
}

/** The attachment called `name`. @throws DataError when the message carries none of that name. */
export function attachment(of: Message, name: string): Uint8Array {
  const bytes = of.attachments.get(name);
  if (bytes) return bytes;
  const names = [...of.attachments.keys()].join(', ') || 'none';
  throw new DataError('message', 0, `no attachment is called ${JSON.stringify(name)} (there: ${names})`);
}

/** One frame. The attachments' bytes are copied. */
export function encodeMessage({ head, attachments }: Message): Uint8Array<ArrayBuffer> {
  const sizes = [...attachments].map(([name, bytes]) => [name, bytes.byteLength] as const);
  const json = new TextEncoder().encode(JSON.stringify({ head, attachments: sizes }));
  const body = align(8 + json.byteLength);
  const frame = new Uint8Array(sizes.reduce((end, [, size]) => align(end + size), body));
  const view = new DataView(frame.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, json.byteLength, true);
  frame.set(json, 8);
  let offset = body;
  for (const bytes of attachments.values()) {
    frame.set(bytes, offset);
    offset = align(offset + bytes.byteLength);
  }
  return frame;
}

/**
 * The message in a frame. Attachments are views of it, aligned to 8 bytes where the frame itself is.
 * @throws DataError for anything that `encodeMessage` does not write.
 */
export function decodeMessage(frame: Uint8Array): Message {
  const fail = (offset: number, problem: string): never => {
    throw new DataError('message', offset, problem);
  };
  if (frame.byteLength < 8) return fail(0, `a frame has at least 8 bytes, this has ${frame.byteLength}`);
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (view.getUint32(0, true) !== MAGIC) return fail(0, 'this is not a message');
  const length = view.getUint32(4, true);
  if (8 + length > frame.byteLength) return fail(4, `a head of ${length} bytes is longer than the frame`);
  const { head, attachments: sizes } = parseHead(frame.subarray(8, 8 + length), fail);
  const attachments = new Map<string, Uint8Array>();
  let offset = align(8 + length);
  for (const [name, size] of sizes) {
    if (attachments.has(name)) return fail(8, `two attachments are called ${JSON.stringify(name)}`);
    if (offset + size > frame.byteLength) return fail(offset, `attachment ${JSON.stringify(name)} is cut short`);
    attachments.set(name, frame.subarray(offset, offset + size));
    offset = align(offset + size);
  }
  if (offset !== frame.byteLength) return fail(offset, `the frame ends at ${frame.byteLength}`);
  return { head, attachments };
}

function parseHead(bytes: Uint8Array, fail: (offset: number, problem: string) => never) {
  let parsed: unknown;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    parsed = parseJson(text, 'message', { characters: MOST_HEAD_CHARACTERS, depth: MOST_HEAD_DEPTH });
  } catch (cause) {
    return fail(8, `the head is not JSON (${cause instanceof Error ? cause.message : cause})`);
  }
  if (typeof parsed !== 'object' || parsed === null || !('head' in parsed) || !('attachments' in parsed))
    return fail(8, 'the head names no attachments');
  const sizes = parsed.attachments;
  if (!Array.isArray(sizes) || !sizes.every(isSize)) return fail(8, 'attachments must be pairs of a name and a length');
  return { head: parsed.head as JsonValue, attachments: sizes };
}

const isSize = (pair: unknown): pair is [string, number] =>
  Array.isArray(pair) &&
  pair.length === 2 &&
  typeof pair[0] === 'string' &&
  Number.isSafeInteger(pair[1]) &&
  pair[1] >= 0;
