// What a file really is, told by its first bytes (magic numbers) whatever its name: one table for library, command line and
// page. Weights come in many formats, and a failed download is in none of them; what to do is part of the answer.

import { DataError } from '../runtime/errors.ts';
import { decodeUtf8 } from './utf8.ts';

interface Kind {
  /** With its article: "is …". */
  readonly what: string;
  /** What to do about it, whatever was wanted. */
  readonly help?: string;
}

const IMPORT = 'densenet import FILE --out weights.safetensors makes one of it, and runs nothing that it may carry';

const KINDS = {
  safetensors: { what: 'a safetensors file' },
  npy: { what: 'a NumPy array (.npy)' },
  idx: { what: 'an IDX file, as of MNIST' },
  image: { what: 'a picture' },
  empty: { what: 'empty', help: 'fetch it again' },
  lfs: { what: 'a Git LFS pointer instead of the file itself', help: 'fetch that with git lfs pull' },
  html: { what: 'a web page (HTML)', help: 'saved in place of the file: download the file itself' },
  index: { what: 'an index of sharded weights', help: 'merge the shards into one safetensors file' },
  json: { what: 'a JSON file' },
  'torch-zip': { what: 'a PyTorch file (zip, from torch.save)', help: IMPORT },
  pickle: { what: "a pickle, as in PyTorch's older files", help: IMPORT },
  'torch-tar': {
    what: 'a PyTorch file from before version 0.1.12 (tar)',
    help: 'in Python: torch.save(torch.load(FILE), "model.pth") makes one that is read',
  },
  npz: {
    what: 'several NumPy arrays in a zip (.npz)',
    help: 'save one array as .npy (numpy.save), or weights as safetensors',
  },
  keras: { what: 'a Keras file (.keras, a zip)', help: IMPORT },
  tfjs: { what: 'a TensorFlow.js model (model.json)', help: IMPORT },
  'tfjs-zip': { what: 'a TensorFlow.js model in a zip', help: IMPORT },
  zip: { what: 'a zip archive', help: 'unpack it, and give the file inside' },
  hdf5: { what: 'an HDF5 file, as Keras saves weights (.h5)', help: IMPORT },
  onnx: { what: 'an ONNX model', help: IMPORT },
  savedmodel: { what: "a TensorFlow SavedModel's graph (saved_model.pb)", help: 'save the weights as safetensors' },
  tflite: {
    what: 'a TensorFlow Lite model',
    help: 'save the weights of the model that it was made from as safetensors',
  },
  gguf: { what: 'a GGUF file', help: 'save the weights as safetensors' },
  gzip: { what: 'compressed (gzip)', help: 'unpack it: gunzip' },
  compressed: { what: 'compressed', help: 'unpack it first' },
  pdf: { what: 'a PDF document' },
  text: { what: 'a text file' },
} as const satisfies Record<string, Kind>;

export type FileKind = keyof typeof KINDS | 'unknown';

const ascii = (bytes: Uint8Array, from: number, to: number) =>
  String.fromCharCode(...bytes.subarray(from, Math.min(to, bytes.length)));

/** Signatures at the beginning of a file; the first that matches counts. */
const SIGNATURES: readonly (readonly [kind: FileKind, signature: string])[] = [
  ['image', '\x89PNG'],
  ['image', '\xff\xd8\xff'],
  ['image', 'GIF8'],
  ['image', 'II*\0'],
  ['image', 'MM\0*'],
  ['hdf5', '\x89HDF\r\n\x1a\n'],
  ['npy', '\x93NUMPY'],
  ['gzip', '\x1f\x8b'],
  ['compressed', 'BZh'],
  ['compressed', '\xfd7zXZ\0'],
  ['compressed', '\x28\xb5\x2f\xfd'],
  ['compressed', '7z\xbc\xaf\x27\x1c'],
  ['compressed', 'Rar!\x1a'],
  ['gguf', 'GGUF'],
  ['pdf', '%PDF'],
  ['lfs', 'version https://git-lfs'],
];
const IDX_TYPES = [0x08, 0x09, 0x0b, 0x0c, 0x0d, 0x0e];
const ONNX_FIELDS = [0x12, 0x1a, 0x22, 0x32, 0x3a, 0x42];
/** Bytes that are searched where the beginning does not decide. */
const SEARCHED_BYTES = 1 << 16;

export function fileKind(bytes: Uint8Array): FileKind {
  if (bytes.length === 0) return 'empty';
  // A header's length, and its first character.
  if (bytes[8] === 0x7b && (bytes[7] ?? 1) === 0 && (bytes[6] ?? 1) === 0 && (bytes[5] ?? 1) === 0)
    return 'safetensors';
  const head = ascii(bytes, 0, 32);
  const signed = SIGNATURES.find(([, signature]) => head.startsWith(signature));
  if (signed) return signed[0];
  if (head.startsWith('PK\x03\x04') || head.startsWith('PK\x05\x06')) return zipKind(bytes);
  if (head.startsWith('RIFF') && head.slice(8, 12) === 'WEBP') return 'image';
  if (head.slice(4, 8) === 'ftyp' && /^(avi[fs]|hei[cxms]|mif1|msf1)$/.test(head.slice(8, 12))) return 'image';
  if (head.slice(4, 8) === 'TFL3') return 'tflite';
  if (ascii(bytes, 257, 262) === 'ustar') return 'torch-tar';
  // A pickle begins with its protocol version.
  if (bytes[0] === 0x80 && (bytes[1] ?? 0) >= 2 && (bytes[1] ?? 9) <= 5) return 'pickle';
  const [first = 0, second = 0, third = 0, fourth = 0] = bytes;
  if (first === 0 && second === 0 && IDX_TYPES.includes(third) && fourth > 0 && fourth <= 4) return 'idx';
  if (first === 0x08 && second === 0x01 && third === 0x12) return 'savedmodel';
  // ONNX's ModelProto: ir_version, then any of the fields that may follow it.
  if (first === 0x08 && second > 1 && second <= 32 && ONNX_FIELDS.includes(third)) return 'onnx';
  return textKind(bytes);
}

function zipKind(bytes: Uint8Array): FileKind {
  const names =
    ascii8(bytes.subarray(0, SEARCHED_BYTES)) + ascii8(bytes.subarray(Math.max(0, bytes.length - SEARCHED_BYTES)));
  if (/[/\\]data\.pkl|archive\/version/.test(names)) return 'torch-zip';
  if (names.includes('model.weights.h5')) return 'keras';
  if (names.includes('model.json')) return 'tfjs-zip';
  return /\.npyPK|[\w)]\.npy/.test(names) ? 'npz' : 'zip';
}

function ascii8(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += 4096) parts.push(ascii(bytes, at, at + 4096));
  return parts.join('');
}

function textKind(bytes: Uint8Array): FileKind {
  const part = bytes.subarray(0, SEARCHED_BYTES);
  const wide = (part[0] === 0xff && part[1] === 0xfe) || (part[0] === 0xfe && part[1] === 0xff);
  const text = ascii8(part);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters tell that it is not a text.
  if (!wide && /[\0-\x08\x0e-\x1a\x1c-\x1f\x7f]/.test(text)) return 'unknown';
  // A Latin-1 text has few letters beyond ASCII; texts in other scripts are UTF-8.
  const high = part.reduce((count, byte) => count + (byte >= 0x80 ? 1 : 0), 0);
  if (!wide && 2 * high > part.length && 'invalidAt' in decodeUtf8(part.subarray(0, wholeCharacters(part))))
    return 'unknown';
  const start = text.replace(/^\xef\xbb\xbf/, '').trimStart();
  if (/^<(!doctype html|html|head|body|\?xml|!--)/i.test(start)) return 'html';
  if (!/^[[{]/.test(start)) return 'text';
  if (/^\{.*"(modelTopology|weightsManifest)"/s.test(start)) return 'tfjs';
  return start.includes('"weight_map"') ? 'index' : 'json';
}

/** Where the last character of a piece of UTF-8 begins, which may be incomplete. */
function wholeCharacters(bytes: Uint8Array): number {
  if (bytes.length < SEARCHED_BYTES) return bytes.length;
  let end = bytes.length - 1;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return end;
}

/** What a reader wants, and the kinds that it takes. */
const WANTED = {
  safetensors: { what: 'a safetensors file', kinds: ['safetensors'] },
  weights: {
    what: "a safetensors file, PyTorch's (.pth), Keras's (.h5, .keras), TensorFlow.js's or an ONNX model",
    kinds: ['safetensors', 'torch-zip', 'pickle', 'onnx', 'hdf5', 'keras', 'tfjs', 'tfjs-zip'],
  },
  array: { what: 'a NumPy array (.npy)', kinds: ['npy'] },
  npz: { what: 'a zip of NumPy arrays (.npz)', kinds: ['npz'] },
  idx: { what: 'an IDX file', kinds: ['idx'] },
  text: { what: 'a text or JSON file', kinds: ['text', 'json', 'index'] },
  picture: { what: 'a picture', kinds: ['image'] },
} as const satisfies Record<string, { what: string; kinds: readonly FileKind[] }>;

export type WantedFile = keyof typeof WANTED;

/** What a file is instead of what was wanted, and what to do; undefined where it is that, or of an unknown kind. */
export function otherKind(bytes: Uint8Array, wanted: WantedFile): string | undefined {
  const kind = fileKind(bytes);
  const { what, kinds } = WANTED[wanted];
  if (kind === 'unknown' || kinds.some((own) => own === kind)) return undefined;
  const { what: is, help }: Kind = KINDS[kind];
  const files = kind === 'index' ? ` (${shards(bytes).join(', ')})` : '';
  return `is ${is}${files}; ${what} is needed${help ? `: ${help}` : ''}`;
}

/** @throws DataError naming the file's kind, where that is not the wanted one */
export function refuseOtherKind(bytes: Uint8Array, file: string, wanted: WantedFile): void {
  const problem = otherKind(bytes, wanted);
  if (problem !== undefined) throw new DataError(file, 0, problem);
}

/** The files of sharded weights that an index names. */
function shards(bytes: Uint8Array): string[] {
  const decoded = decodeUtf8(bytes.subarray(0, 1 << 20));
  const text = 'text' in decoded ? decoded.text : ascii8(bytes.subarray(0, 1 << 20));
  const names = new Set([...text.matchAll(/:\s*"([\w.-]{1,80}\.(?:safetensors|bin))"/g)].map(([, name = '']) => name));
  const [first = [], rest = 0] = [[...names].slice(0, 4), names.size - 4];
  return rest > 0 ? [...first, `and ${rest} more`] : first;
}
