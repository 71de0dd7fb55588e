// TensorBoard's event files: records framed as in TFRecord files (tensorflow/core/lib/io/record_writer.cc), each an Event of
// tensorflow/core/util/event.proto. Only scalars are written. Pure: whoever has a file writes the bytes one after another.
import { Writer } from 'protobufjs/minimal.js';

/** A number under a tag, as a chart shows it. */
export interface Scalar {
  /** `train/loss`: what comes before the slash groups charts. */
  readonly tag: string;
  readonly value: number;
}

/** The first record of a file. @param seconds since 1970 */
export const fileVersionRecord = (seconds: number): Uint8Array =>
  record(event(seconds, 0, (w) => w.uint32(tag(Event.fileVersion, BYTES)).string('brain.Event:2')));

/**
 * The second record of a file that continues a run: of files before it, readers drop what has this step or a later one.
 * @param seconds since 1970
 */
export const restartRecord = (seconds: number, step: number): Uint8Array =>
  record(
    event(seconds, step, (w) => {
      w.uint32(tag(Event.sessionLog, BYTES)).fork();
      w.uint32(tag(SessionLog.status, VARINT)).int32(SESSION_START).ldelim();
    }),
  );

/** Scalars of one step. @param seconds since 1970 */
export const scalarRecord = (seconds: number, step: number, scalars: readonly Scalar[]): Uint8Array =>
  record(
    event(seconds, step, (w) => {
      w.uint32(tag(Event.summary, BYTES)).fork();
      for (const { tag: name, value } of scalars) {
        w.uint32(tag(Summary.value, BYTES)).fork();
        w.uint32(tag(SummaryValue.tag, BYTES)).string(name);
        w.uint32(tag(SummaryValue.simpleValue, FIXED32)).float(value).ldelim();
      }
      w.ldelim();
    }),
  );

/**
 * The name that TensorBoard looks for.
 * @param seconds since 1970 when the file was begun
 * @param number of several files of one process and second
 */
export const eventFileName = (seconds: number, host: string, process: number, number = 0): string =>
  `events.out.tfevents.${Math.floor(seconds)}.${host.replace(/[^\w.-]+/g, '-') || 'host'}.${process}.${number}`;

/** Field numbers of the messages. */
const Event = { wallTime: 1, step: 2, fileVersion: 3, summary: 5, sessionLog: 7 } as const;
const Summary = { value: 1 } as const;
const SummaryValue = { tag: 1, simpleValue: 2 } as const;
const SessionLog = { status: 1 } as const;
const SESSION_START = 1;

/** Wire types. */
const [VARINT, FIXED64, BYTES, FIXED32] = [0, 1, 2, 5];
const tag = (field: number, type: number) => (field << 3) | type;

function event(seconds: number, step: number, content: (writer: Writer) => void): Uint8Array {
  const writer = Writer.create();
  writer.uint32(tag(Event.wallTime, FIXED64)).double(seconds);
  writer.uint32(tag(Event.step, VARINT)).int64(step);
  content(writer);
  return writer.finish();
}

/** Length (uint64), its masked CRC, the data, its masked CRC; all little-endian. */
function record(data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + 16);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc32c(bytes.subarray(0, 8)), true);
  bytes.set(data, 12);
  view.setUint32(12 + data.length, maskedCrc32c(data), true);
  return bytes;
}

/** CRC-32C (Castagnoli, RFC 3720), reflected: a byte's remainder by the byte. */
const REMAINDERS = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? 0x82f63b78 : 0);
  return remainder;
});

/** Masked, so that the CRC of bytes that hold CRCs is still one (tensorflow/core/lib/hash/crc32c.h). */
function maskedCrc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (REMAINDERS[(crc ^ byte) & 0xff] ?? 0);
  crc ^= 0xffffffff;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
