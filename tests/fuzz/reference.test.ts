// Our reader of safetensors beside the format's own (the Python package, which is Rust): what ours reads, the reference
// reads, and with the same tensors; what only the reference reads, ours refuses for a reason that is on the list.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { expect, it } from 'vitest';
import { readSafetensors } from '../../src/data/safetensors.ts';
import { DataError } from '../../src/runtime/errors.ts';
import { bytesOf } from './run-case.ts';
import { TARGETS } from './targets.ts';

const PYTHON = process.env.PYTHON ?? 'python3';
const CASES = 1000;

/** For each file: the tensors' names, types, shapes and lengths, or why there are none. */
const SCRIPT = `
import json, sys
from safetensors import deserialize
out = []
for i in range(int(sys.argv[2])):
    try:
        found = deserialize(open(f"{sys.argv[1]}/{i}", "rb").read())
        out.append({name: [t["dtype"], list(t["shape"]), len(t["data"])] for name, t in found})
    except Exception as error:
        out.append(str(error)[:200])
print(json.dumps(out))
`;

/** What we refuse and the reference reads: each is a promise of our own, or a rule of the format that it does not hold. */
const STRICTER =
  /duplicate key|is not allowed|nested more than|the header is not a JSON object|not a whole number|overflows|not an object of strings|whole numbers, 0 or more|surrogate/;

const reference = (() => {
  try {
    return execFileSync(PYTHON, ['-c', 'import safetensors; print(safetensors.__version__)'], {
      stdio: 'pipe',
    }).toString();
  } catch {
    return undefined;
  }
})();

it('reads what the reference reads', { timeout: 120_000 }, (context) => {
  context.skip(reference === undefined, `${PYTHON} has no package safetensors (pip install safetensors)`);
  const folder = mkdtempSync(join(tmpdir(), 'densenet-safetensors-'));
  try {
    const { safetensors } = TARGETS;
    if (!safetensors) throw new Error('there is no such target');
    const files = Array.from({ length: CASES }, (_, number) => bytesOf(safetensors, { seed: 9, number }).bytes);
    files.push(...HAND_WRITTEN.map(({ file }) => file));
    for (const [i, bytes] of files.entries()) writeFileSync(join(folder, String(i)), bytes);
    const printed = execFileSync(PYTHON, ['-c', SCRIPT, folder, String(files.length)], { maxBuffer: 1 << 28 });
    const theirs: unknown[] = JSON.parse(printed.toString());
    for (const [i, bytes] of files.entries()) {
      const ours = read(bytes);
      if (typeof ours === 'string') {
        if (typeof theirs[i] !== 'string') expect(ours, `case ${i}`).toMatch(STRICTER);
      } else expect(theirs[i], `case ${i}`).toEqual(ours);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

function read(bytes: Uint8Array): unknown {
  try {
    const { tensors } = readSafetensors(bytes, 'file');
    return Object.fromEntries(
      [...tensors].map(([name, { dtype, shape, bytes: data }]) => [name, [dtype, shape, data.length]]),
    );
  } catch (error) {
    if (error instanceof DataError) return error.message;
    throw error;
  }
}

function fileOf(header: string, dataBytes: number): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

const entry = (shape: string, offsets: string, more = '') =>
  `{"dtype":"F32","shape":${shape},"data_offsets":${offsets}${more}}`;

/** From the format's description (github.com/huggingface/safetensors, README): whether each is a file of it. */
const HAND_WRITTEN = [
  { what: 'nothing in it', file: fileOf('{}', 0), good: true },
  { what: 'a scalar', file: fileOf(`{"a":${entry('[]', '[0,4]')}}`, 4), good: true },
  { what: 'an empty tensor', file: fileOf(`{"a":${entry('[3,0,2]', '[0,0]')}}`, 0), good: true },
  { what: 'whitespace behind the header', file: fileOf(`{"a":${entry('[1]', '[0,4]')}}      `, 4), good: true },
  { what: 'metadata', file: fileOf(`{"__metadata__":{"a":"b"},"a":${entry('[1]', '[0,4]')}}`, 4), good: true },
  { what: 'an unknown key of a tensor', file: fileOf(`{"a":${entry('[1]', '[0,4]', ',"more":1')}}`, 4), good: true },
  { what: 'a name past ASCII', file: fileOf(`{"é\\ud83d\\ude00":${entry('[1]', '[0,4]')}}`, 4), good: true },
  { what: 'half a surrogate pair in a name', file: fileOf(`{"\\ud800":${entry('[1]', '[0,4]')}}`, 4), good: false },
  { what: 'half a pair in the metadata', file: fileOf('{"__metadata__":{"a":"\\udc00"}}', 0), good: false },
  { what: 'a header that begins with whitespace', file: fileOf(' {}', 0), good: false },
  { what: 'a byte order mark', file: fileOf('\ufeff{}', 0), good: false },
  { what: 'a name twice', file: fileOf(`{"a":${entry('[1]', '[0,4]')},"a":${entry('[1]', '[0,4]')}}`, 4), good: false },
  { what: 'a key of a tensor twice', file: fileOf(`{"a":${entry('[1]', '[0,4]', ',"shape":[1]')}}`, 4), good: false },
  { what: 'metadata that are no text', file: fileOf('{"__metadata__":{"a":1}}', 0), good: false },
  { what: 'a hole', file: fileOf(`{"a":${entry('[1]', '[4,8]')}}`, 8), good: false },
  { what: 'an overlap', file: fileOf(`{"a":${entry('[1]', '[0,4]')},"b":${entry('[1]', '[2,6]')}}`, 6), good: false },
  { what: 'bytes that belong to no tensor', file: fileOf(`{"a":${entry('[1]', '[0,4]')}}`, 5), good: false },
  { what: 'offsets backwards', file: fileOf(`{"a":${entry('[1]', '[4,0]')}}`, 4), good: false },
  { what: 'a negative offset', file: fileOf(`{"a":${entry('[1]', '[-4,0]')}}`, 4), good: false },
  { what: 'a fraction', file: fileOf(`{"a":${entry('[1.0]', '[0,4]')}}`, 4), good: false },
  { what: 'an exponent', file: fileOf(`{"a":${entry('[1e0]', '[0,4]')}}`, 4), good: false },
  { what: 'minus zero', file: fileOf(`{"a":${entry('[-0]', '[0,0]')}}`, 0), good: false },
  { what: 'leading zeros', file: fileOf(`{"a":${entry('[01]', '[0,4]')}}`, 4), good: false },
  { what: 'a plus sign', file: fileOf(`{"a":${entry('[+1]', '[0,4]')}}`, 4), good: false },
  { what: 'a size past 64 bits', file: fileOf(`{"a":${entry('[18446744073709551616]', '[0,0]')}}`, 0), good: false },
  {
    what: 'a product past 64 bits',
    file: fileOf(`{"a":${entry('[4294967296,4294967296,2]', '[0,0]')}}`, 0),
    good: false,
  },
  { what: 'a shape that is not the length', file: fileOf(`{"a":${entry('[2]', '[0,4]')}}`, 4), good: false },
  { what: 'text behind the header', file: fileOf('{} {}', 0), good: false },
];

it.each(HAND_WRITTEN)('the format: $what', ({ file, good }) => {
  const found = read(file);
  expect(typeof found === 'string' ? `refused: ${found}` : 'read').toMatch(good ? /^read$/ : /^refused/);
});
