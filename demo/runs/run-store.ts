// Runs in the browser's storage: four files each (saved-run.ts), put there by the worker that trains. The JSON is written
// last: a run without it was never whole, and its files are cleared away.

import type { LabelledImages } from '../../src/data/idx.ts';
import { DataError, StorageError } from '../../src/runtime/errors.ts';
import * as opfs from '../storage/opfs.ts';
import { imagesFileParts, readImagesFile } from './images-file.ts';
import { oldValidationFile, parseSavedRun, runFiles, runOf, type SavedRun, savedRunToJson } from './saved-run.ts';

/** What lies in storage under a run's name. */
export interface StoredRun {
  readonly id: string;
  /** Of all its files. */
  readonly bytes: number;
  /** Undefined where it cannot be read. */
  readonly run: SavedRun | undefined;
}

/** All runs, those saved last first. @throws StorageError */
export async function storedRuns(): Promise<StoredRun[]> {
  const files = await opfs.list('runs');
  const ids = [...new Set(files.map(({ name }) => runOf(name)))];
  const runs = await Promise.all(
    ids.map(async (id): Promise<StoredRun[]> => {
      const own = files.filter(({ name }) => runOf(name) === id);
      const about = own.some(({ name }) => name === runFiles(id).about);
      if (!about) return [];
      const text = await (await opfs.read('runs', runFiles(id).about)).text();
      return [{ id, bytes: own.reduce((sum, { bytes }) => sum + bytes, 0), run: parseSavedRun(text) }];
    }),
  );
  return runs.flat().sort((a, b) => (b.run?.saved ?? 0) - (a.run?.saved ?? 0));
}

/** Ids of files that belong to no whole run. @throws StorageError */
export async function strayRuns(): Promise<string[]> {
  const names = new Set((await opfs.list('runs')).map(({ name }) => name));
  const ids = new Set([...names].map(runOf));
  return [...ids].filter((id) => !names.has(runFiles(id).about));
}

/** @throws StorageError */
export async function removeRun(id: string): Promise<void> {
  const { about, ...others } = runFiles(id);
  // The JSON first: what is left of a run that is half removed is cleared away.
  for (const name of [about, ...Object.values(others), oldValidationFile(id)]) await opfs.remove('runs', name);
}

/** The state's file. @throws StorageError */
export const stateFile = (id: string): Promise<File> => opfs.read('runs', runFiles(id).state);

/** @throws StorageError, DataError where the file is damaged */
export async function runImages(id: string, part: 'training' | 'validation'): Promise<LabelledImages> {
  const name = runFiles(id)[part];
  const file = await opfs.read('runs', name).catch((error) => {
    if (part !== 'validation' || !(error instanceof StorageError) || error.reason !== 'missing') throw error;
    return opfs.read('runs', oldValidationFile(id));
  });
  return readImagesFile(new Uint8Array(await file.arrayBuffer()), name);
}

/** @throws StorageError, DataError for a run that cannot be read */
export async function storedRun(id: string): Promise<SavedRun> {
  const name = runFiles(id).about;
  const run = parseSavedRun(await (await opfs.read('runs', name)).text());
  if (!run) throw new DataError(name, 0, 'is damaged, or another version of this page wrote it');
  return run;
}

/** @throws StorageError */
export async function saveImages(id: string, part: 'training' | 'validation', images: LabelledImages): Promise<void> {
  const parts = imagesFileParts(images) as Uint8Array<ArrayBuffer>[];
  await opfs.write('runs', runFiles(id)[part], new Blob(parts));
}

/** The state first, then what is said of it: a tab that is closed between the two leaves curves that are a little short. */
export async function saveState(run: Omit<SavedRun, 'version'>, state: Uint8Array<ArrayBuffer>): Promise<void> {
  const { about, state: name } = runFiles(run.id);
  await opfs.write('runs', name, state);
  await opfs.write('runs', about, new TextEncoder().encode(savedRunToJson(run)));
}
