// Networks that the browser keeps: for each NAME.safetensors as it was given, and NAME.json with what was said beside it
// and what was found in it. The description is written last; weights without one are still listed, and can be used.

import { isJsonObject, renameKeys } from '../../src/data/json.ts';
import { anyValue, type OutputOf, object, optional, text, transformed, whole } from '../../src/data/schema.ts';
import type { LoadedNetwork, LoadRequest } from '../contract.ts';
import { list, read, remove, type WriteOptions, write } from '../storage/opfs.ts';
import { storageName } from '../storage/storage-error.ts';
import { readStored } from '../storage/stored-json.ts';

const FOLDER = 'weights';
const WEIGHTS = '.safetensors';
const DESCRIPTION = '.json';
/** What version 0.1.0 of this page called some fields of a request. */
const OLD_KEYS = { fresh: 'newClassifier' };

export interface SavedModel {
  /** Without an extension; what `?model=` says. */
  readonly name: string;
  readonly bytes: number;
  readonly modified: number;
  readonly description: Description | undefined;
}

const COUNT = whole(0, 2 ** 53 - 1);
const DESCRIPTIONS = object({
  sha256: text(),
  parameters: COUNT,
  classes: COUNT,
  /** How to load it again: each of its fields is checked where it is loaded. */
  request: optional<Omit<LoadRequest, 'file'>>(
    transformed(anyValue, (json) => (isJsonObject(json) ? renameKeys(json, OLD_KEYS) : {})),
    {},
  ),
});
export type Description = OutputOf<typeof DESCRIPTIONS>;

/** By name. @throws StorageError */
export async function listSaved(): Promise<SavedModel[]> {
  const files = await list(FOLDER);
  const weights = files.filter(({ name }) => name.endsWith(WEIGHTS));
  return Promise.all(
    weights.map(async ({ name: file, bytes, modified }) => {
      const name = file.slice(0, -WEIGHTS.length);
      return { name, bytes, modified, description: await readDescription(name) };
    }),
  );
}

/** @throws StorageError, reason 'missing' where there is none of that name */
export async function openSaved(name: string): Promise<{ weights: File; request: Omit<LoadRequest, 'file'> }> {
  const weights = await read(FOLDER, name + WEIGHTS);
  return { weights, request: (await readDescription(name))?.request ?? {} };
}

/** @throws StorageError, AbortError; nothing is left half kept */
export async function saveNetwork(
  name: string,
  weights: Blob,
  description: Description,
  options: WriteOptions,
): Promise<void> {
  await write(FOLDER, name + WEIGHTS, weights, options);
  await describeSaved(name, description);
}

export async function describeSaved(name: string, description: Description): Promise<void> {
  await write(FOLDER, name + DESCRIPTION, new Blob([JSON.stringify(description)]));
}

/** @throws StorageError */
export async function removeSaved(name: string): Promise<void> {
  await remove(FOLDER, name + DESCRIPTION);
  await remove(FOLDER, name + WEIGHTS);
}

export const describe = (loaded: LoadedNetwork, sha256: string, request: Omit<LoadRequest, 'file'>): Description => ({
  sha256,
  parameters: loaded.parameters,
  classes: loaded.classNames.length,
  request,
});

/** A name for a file's network: the file's own, with a number where other weights have it already. */
export function nameFor(file: string, sha256: string, saved: readonly SavedModel[]): string {
  const own = storageName(file.replace(/\.safetensors$/i, '').slice(0, 60)).replace(/\.json$/i, '');
  const taken = (name: string) =>
    saved.some((other) => other.name === name && (sha256 === '' || other.description?.sha256 !== sha256));
  for (let number = 1; ; number++) {
    const name = number === 1 ? own : `${own} (${number})`;
    if (!taken(name)) return name;
  }
}

/** A damaged or missing description is none. */
async function readDescription(name: string): Promise<Description | undefined> {
  const file = await read(FOLDER, name + DESCRIPTION).catch(() => undefined);
  return readStored(DESCRIPTIONS, await file?.text().catch(() => undefined));
}
