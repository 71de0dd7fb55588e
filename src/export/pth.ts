// PyTorch's own file, as `torch.save` writes it since 1.6: a zip of stored entries, one pickle and one storage per tensor, each
// aligned to 64 bytes so that it can be mapped. `torch.load(weights_only=True)` takes it, and `load_state_dict(strict=True)`
// takes what comes of it. The same content gives the same bytes.

import { concatBytes } from '../data/bytes.ts';
import { float32Tensor, type Tensor } from '../data/tensor.ts';
import { encodeUtf8 } from '../data/utf8.ts';
import type { Network } from '../densenet/network.ts';
import { checkStateDict, type StateDict, statePlaces } from '../densenet/state-dict.ts';
import { ConfigError } from '../runtime/errors.ts';
import { halfTensor } from './half.ts';
import { type PythonDict, type PythonValue, pickled } from './pickle.ts';

export interface PthOptions {
  /** Each norm's `num_batches_tracked`. Default 0. */
  readonly steps?: number;
  /** Convolutions and classifier in float16 (half.ts). */
  readonly half?: boolean;
}

/**
 * The state dict of a network as a `.pth` file: torchvision's names in torchvision's order, `num_batches_tracked` included.
 * @throws StateError where the state is not the network's; ConfigError where the file would be larger than 4 GB
 */
export function writePth(network: Network, state: StateDict, options: PthOptions = {}): Uint8Array<ArrayBuffer> {
  checkPthSize(network);
  return writeTorchFile(stateDictOf(network, state, options));
}

/** A state dict as Python has it. @throws StateError */
export function stateDictOf(
  network: Network,
  state: StateDict,
  { steps = 0, half = false }: PthOptions = {},
): PythonDict {
  checkStateDict(network, state);
  const dict = new Map<string, PythonValue>();
  for (const { name } of statePlaces(network)) {
    const { shape, values } = state.get(name) ?? { shape: [0], values: new Float32Array() };
    const tensor = float32Tensor(shape, values);
    dict.set(name, { tensor: half ? halfTensor(name, tensor) : tensor });
    if (name.endsWith('.running_var')) dict.set(name.replace(/running_var$/, 'num_batches_tracked'), tracked(steps));
  }
  return dict;
}

const tracked = (steps: number): PythonValue => {
  const bytes = new Uint8Array(new BigInt64Array([BigInt(steps)]).buffer);
  return { tensor: { dtype: 'I64', shape: [], bytes } satisfies Tensor };
};

/** Zip's own limit; PyTorch's readers would take zip64 above it. */
const MOST_BYTES = 2 ** 32 - 1;
const MOST_ENTRIES = 2 ** 16 - 1;

/** Before anything is written. @param copies of the parameters, with the optimizer's state @throws ConfigError */
export function checkPthSize({ parameterCount, norms }: Network, copies = 1): void {
  const bytes = 4 * norms.reduce((sum, { channels }) => sum + 2 * channels, copies * parameterCount);
  checkZipSize(bytes, parameterCount);
}

function checkZipSize(bytes: number, value: unknown): void {
  if (bytes < MOST_BYTES) return;
  const rule = `make ${bytes} bytes; a .pth file (zip) is written up to 4 GB: export safetensors`;
  throw new ConfigError('parameters', value, rule);
}

/** What `torch.load` gives back as `value`. @throws ConfigError where it is larger than 4 GB */
export function writeTorchFile(value: PythonValue): Uint8Array<ArrayBuffer> {
  const { pickle, storages } = pickled(value);
  return writeStoredZip([
    { name: 'archive/data.pkl', bytes: pickle },
    { name: 'archive/byteorder', bytes: encodeUtf8('little') },
    ...storages.map((bytes, key) => ({ name: `archive/data/${key}`, bytes })),
    { name: 'archive/version', bytes: encodeUtf8('3\n') },
  ]);
}

interface Entry {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Where an entry's bytes begin, as PyTorch aligns them. */
const ALIGNMENT = 64;
const LOCAL_HEADER_BYTES = 30;
/** The extra field that pads a header: "FB" in ASCII, as PyTorch names it, and its length. */
const PADDING_ID = 0x4246;
const PADDING_HEADER_BYTES = 4;
/** 1 January 1980, zip's first day: no times, so that the same content gives the same bytes. */
const DATE = 0x21;

/** A zip (PKWARE's APPNOTE, 4.3) of entries that are stored as they are. */
function writeStoredZip(entries: readonly Entry[]): Uint8Array<ArrayBuffer> {
  if (entries.length > MOST_ENTRIES)
    throw new ConfigError(
      'tensors',
      entries.length,
      `are more than the ${MOST_ENTRIES} of a .pth file: export safetensors`,
    );
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  const add = (part: Uint8Array) => {
    parts.push(part);
    at += part.length;
  };
  for (const { name, bytes } of entries) {
    const encoded = encodeUtf8(name);
    const bare = at + LOCAL_HEADER_BYTES + encoded.length + PADDING_HEADER_BYTES;
    const padding = -bare & (ALIGNMENT - 1);
    const fields = { crc: crc32(bytes), size: bytes.length, name: encoded };
    directory.push(directoryHeader(fields, at));
    add(localHeader(fields, padding));
    add(bytes);
  }
  const start = at;
  for (const header of directory) add(header);
  checkZipSize(at, entries.length);
  add(endOfDirectory(entries.length, start, at - start));
  return concatBytes(parts);
}

interface Fields {
  readonly crc: number;
  readonly size: number;
  readonly name: Uint8Array;
}

/** What both headers share, from "version needed" on: stored, no flags. */
function writeFields(view: DataView, at: number, { crc, size, name }: Fields, extra: number): void {
  view.setUint16(at, 10, true);
  view.setUint16(at + 8, DATE, true);
  view.setUint32(at + 10, crc, true);
  view.setUint32(at + 14, size, true);
  view.setUint32(at + 18, size, true);
  view.setUint16(at + 22, name.length, true);
  view.setUint16(at + 24, extra, true);
}

function localHeader(fields: Fields, padding: number): Uint8Array {
  const { name } = fields;
  const header = new Uint8Array(LOCAL_HEADER_BYTES + name.length + PADDING_HEADER_BYTES + padding);
  const view = new DataView(header.buffer);
  view.setUint32(0, 0x04034b50, true);
  writeFields(view, 4, fields, PADDING_HEADER_BYTES + padding);
  header.set(name, LOCAL_HEADER_BYTES);
  view.setUint16(LOCAL_HEADER_BYTES + name.length, PADDING_ID, true);
  view.setUint16(LOCAL_HEADER_BYTES + name.length + 2, padding, true);
  return header;
}

function directoryHeader(fields: Fields, offset: number): Uint8Array {
  const header = new Uint8Array(46 + fields.name.length);
  const view = new DataView(header.buffer);
  view.setUint32(0, 0x02014b50, true);
  view.setUint16(4, 10, true);
  writeFields(view, 6, fields, 0);
  view.setUint32(42, offset, true);
  header.set(fields.name, 46);
  return header;
}

function endOfDirectory(entries: number, start: number, bytes: number): Uint8Array {
  const end = new Uint8Array(22);
  const view = new DataView(end.buffer);
  view.setUint32(0, 0x06054b50, true);
  view.setUint16(8, entries, true);
  view.setUint16(10, entries, true);
  view.setUint32(12, bytes, true);
  view.setUint32(16, start, true);
  return end;
}

/** Of a byte, by itself: the polynomial of zip (APPNOTE, 4.4.7), reflected. */
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
  return crc;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = (CRC_TABLE[(crc ^ (bytes[i] ?? 0)) & 0xff] ?? 0) ^ (crc >>> 8);
  return ~crc >>> 0;
}
