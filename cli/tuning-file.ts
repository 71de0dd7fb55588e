// The file that keeps tunings from one run to the next, of every GPU and host on this machine: `tunings.json` in the cache
// folder. A damaged one is told of and made anew.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isJsonObject, parseJson } from '../src/data/json.ts';
import type { KeptTunings } from '../src/hosts/kept-tunings.ts';
import { cacheFolder } from './host/cache-folder.ts';
import { note } from './output.ts';
import { writeWhole } from './output-file.ts';

const VERSION = 1;

export const tuningFile = (): string => join(cacheFolder(), 'tunings.json');

/** What was kept; nothing where there is no file. */
export async function readTunings(file = tuningFile()): Promise<KeptTunings> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch {
    return {};
  }
  const found = parse(text);
  if (found) return found;
  note(`${file} is damaged: the tunings in it are ignored`);
  return {};
}

function parse(text: string): KeptTunings | undefined {
  try {
    const found = parseJson(text, 'tunings');
    if (!isJsonObject(found) || found.version !== VERSION || !isJsonObject(found.tunings)) return undefined;
    const texts = Object.entries(found.tunings).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    );
    return texts.length === Object.keys(found.tunings).length ? Object.fromEntries(texts) : undefined;
  } catch {
    return undefined;
  }
}

/** Writes them, whole or not at all. A folder that cannot be written is told of: nothing else depends on it. */
export async function keepTunings(tunings: KeptTunings, file = tuningFile()): Promise<void> {
  try {
    await writeWhole(file, new TextEncoder().encode(JSON.stringify({ version: VERSION, tunings })));
  } catch (error) {
    note(`the tuning was not kept: ${error instanceof Error ? error.message : error}`);
  }
}
