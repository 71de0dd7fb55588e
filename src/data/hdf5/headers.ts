// Object headers: the messages that say what a group or a dataset is. Versions 1 (all files that are written with the library's
// default) and 2, with continuations.

import { type Hdf5Bytes, UNDEFINED } from './cursor.ts';

/** The kinds of messages that are read, by the format's numbers. */
export const MESSAGE = {
  dataspace: 0x01,
  linkInfo: 0x02,
  datatype: 0x03,
  link: 0x06,
  layout: 0x08,
  filters: 0x0b,
  attribute: 0x0c,
  continuation: 0x10,
  symbolTable: 0x11,
  attributeInfo: 0x15,
} as const;

export interface Message {
  readonly type: number;
  readonly at: number;
  readonly size: number;
  /** What is there is a reference to a message elsewhere. */
  readonly shared: boolean;
}

const MOST_MESSAGES = 1 << 16;
const SIGNATURE = 0x4f; // of OHDR

/** @throws DataError where no header is there */
export function readMessages(from: Hdf5Bytes, at: number): readonly Message[] {
  const first = from.u8(at);
  if (first === 1) return version1(from, at);
  if (first === SIGNATURE) return version2(from, at);
  throw from.error(at, `damaged, or of a later format: an object header of version ${first}`);
}

interface Block {
  readonly at: number;
  readonly size: number;
}

function version1(from: Hdf5Bytes, at: number): Message[] {
  return collect(from, { at: at + 16, size: from.u32(at + 8) }, 8, (place) => {
    const size = from.u16(place + 2);
    return { type: from.u16(place), size, at: place + 8, shared: (from.u8(place + 4) & 2) !== 0 };
  });
}

function version2(from: Hdf5Bytes, at: number): Message[] {
  from.signature(at, 'OHDR');
  const flags = from.u8(at + 5);
  const start = at + 6 + (flags & 0x20 ? 16 : 0) + (flags & 0x10 ? 4 : 0);
  const sizeBytes = 1 << (flags & 3);
  const head = flags & 4 ? 6 : 4;
  const size = from.sized(start, sizeBytes);
  return collect(
    from,
    { at: start + sizeBytes, size },
    head,
    (place) => ({
      type: from.u8(place),
      size: from.u16(place + 1),
      at: place + head,
      shared: (from.u8(place + 3) & 2) !== 0,
    }),
    (block) => {
      from.signature(block.at, 'OCHK');
      return { at: block.at + 4, size: block.size - 8 };
    },
  );
}

/** The messages of a block and of those that continue it. */
function collect(
  from: Hdf5Bytes,
  first: Block,
  head: number,
  read: (at: number) => Message,
  continued: (block: Block) => Block = (block) => block,
): Message[] {
  const messages: Message[] = [];
  const blocks = [first];
  for (let block = blocks.shift(); block; block = blocks.shift()) {
    const end = block.at + block.size;
    for (let at = block.at; at + head <= end; ) {
      const message = read(at);
      at = message.at + message.size;
      if (at > end) throw from.error(message.at, 'damaged: a message is longer than its header');
      if (messages.push(message) > MOST_MESSAGES) throw from.error(at, 'damaged: a header without end');
      if (message.type !== MESSAGE.continuation) continue;
      const next = from.offset(message.at);
      if (next === UNDEFINED) throw from.error(message.at, 'damaged: a header continues nowhere');
      blocks.push(continued({ at: next, size: from.u64(message.at + 8) }));
    }
  }
  return messages;
}
