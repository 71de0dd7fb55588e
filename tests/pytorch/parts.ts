// The committed files of PyTorch's, and their pickles: a zip's CRC-32 refuses every change, unless it is made anew around it.
import { readFileSync } from 'node:fs';
import { writeStoredZip } from '../../src/data/stored-zip.ts';
import { readZipEntry, zipEntries } from '../../src/data/unzip.ts';

const file = (name: string) => () => new Uint8Array(readFileSync(new URL(`files/${name}.pth`, import.meta.url)));
export const PYTORCH_FILES = {
  zip: file('small-zip'),
  legacy: file('small-legacy'),
  module: file('small-module'),
} as const;

const isPickle = ({ name }: { readonly name: string }) => name.endsWith('/data.pkl');

/** The pickle of a zip. */
export function pickleOf(zip: Uint8Array): Uint8Array {
  const entry = zipEntries(zip, 'file').find(isPickle);
  if (!entry) throw new Error('no data.pkl');
  return readZipEntry(zip, entry, 'file');
}

/** The zip with another pickle. */
export const withPickle = (zip: Uint8Array, pickle: Uint8Array): Uint8Array =>
  writeStoredZip(
    zipEntries(zip, 'file').map((entry) => ({
      name: entry.name,
      bytes: isPickle(entry) ? pickle : readZipEntry(zip, entry, 'file'),
    })),
    'nothing else',
  );
