// A file of a page's own server, whole and inflated: how a browser reads what Node reads from its disk.

import type { DataFile } from '../src/data/idx.ts';
import { DataError } from '../src/runtime/errors.ts';
import { inflateIfGzipped } from './gunzip.ts';

/** @throws DataError where the server does not answer or does not have the file, or it is damaged */
export async function fetchFile(url: string): Promise<DataFile> {
  const name = url.split('/').at(-1) ?? url;
  const response = await fetch(url).catch((cause) => {
    throw new DataError(name, 0, 'did not load: is the server still there?', { cause });
  });
  if (!response.ok) throw new DataError(name, 0, `did not load: the server says ${response.status}`);
  return { name, bytes: await inflateIfGzipped(new Uint8Array(await response.arrayBuffer()), name) };
}
