// Zip archives beyond the plain ones that the readers of data sets and weights test: Zip64, and entries that lie on each other.
import { execFileSync } from 'node:child_process';
import { zipSync } from 'fflate';
import { expect, it } from 'vitest';
import { missingFor, PYTHON } from '../../tests/fixtures/python.ts';
import { DataError } from '../runtime/errors.ts';
import { readZipEntry, refuseOverlaps, zipEntries, zipReader } from './unzip.ts';

/** With every size in its Zip64 field, as for archives past 4 GB, and the directory's place in the Zip64 record. */
const ZIP64 = `
import io, struct, sys, zipfile
zipfile.ZIP64_LIMIT = 1
zipfile.ZIP_FILECOUNT_LIMIT = 1
out = io.BytesIO()
with zipfile.ZipFile(out, "w") as archive:
    with archive.open(zipfile.ZipInfo("a"), "w", force_zip64=True) as entry: entry.write(b"alpha")
    with archive.open(zipfile.ZipInfo("b"), "w", force_zip64=True) as entry: entry.write(b"beta" * 10)
sys.stdout.buffer.write(out.getvalue())
`;

it('reads Zip64', (context) => {
  const reason = missingFor();
  context.skip(reason !== undefined, reason);
  const bytes = new Uint8Array(execFileSync(PYTHON, ['-c', ZIP64]));
  const text = Buffer.from(bytes).toString('latin1');
  // The sizes of the directory are 0xffffffff, and the real ones lie in its extra fields.
  expect(text).toContain('PK\x06\x06');
  expect(text.slice(text.indexOf('PK\x01\x02') + 20)).toMatch(/^\xff{8}/);
  const entries = zipEntries(bytes, 'x.zip');
  refuseOverlaps(bytes, entries, 'x.zip');
  const read = entries.map((entry) => [entry.name, Buffer.from(readZipEntry(bytes, entry, 'x.zip')).toString()]);
  expect(read).toEqual([
    ['a', 'alpha'],
    ['b', 'beta'.repeat(10)],
  ]);
  for (let at = 0; at < bytes.length; at++) {
    const bad = bytes.slice();
    bad[at] = (bad[at] ?? 0) ^ 0x41;
    try {
      for (const entry of zipEntries(bad, 'x.zip')) readZipEntry(bad, entry, 'x.zip');
    } catch (error) {
      expect(error).toBeInstanceOf(DataError);
    }
  }
});

it('refuses entries that lie on each other', () => {
  const bytes = zipSync({ a: new Uint8Array(1000), b: new Uint8Array(1000) });
  const entries = zipEntries(bytes, 'x.zip');
  expect(() => refuseOverlaps(bytes, entries, 'x.zip')).not.toThrow();
  const [a, b] = entries;
  if (!a || !b) throw new Error('two entries');
  expect(() => refuseOverlaps(bytes, [a, { ...b, at: a.at }], 'x.zip')).toThrow(/lies on the bytes of another entry/);
});

it('all that is unpacked of one file has a limit, however small each entry is', () => {
  const bytes = zipSync({ a: new Uint8Array(600), b: new Uint8Array(600), c: [new Uint8Array(5000), { level: 0 }] });
  const entries = zipEntries(bytes, 'a.zip');
  const within = zipReader(bytes, 'a.zip', 1200);
  expect(entries.map((entry) => within(entry).length)).toEqual([600, 600, 5000]);
  const beyond = zipReader(bytes, 'a.zip', 1199);
  expect(() => entries.map(beyond)).toThrow(DataError);
  expect(() => entries.map(zipReader(bytes, 'a.zip', 1199))).toThrow(/more than 1199 bytes/);
});
