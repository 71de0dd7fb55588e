// The autotune cache of the command line, for every GPU and host on this machine: `autotune.json` in the cache folder. A damaged
// file is ignored with a message, and written anew.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isJsonObject, parseJson } from '../src/data/json.ts';
import type { CachedAutotunes } from '../src/jobs/autotune.ts';
import { writeWhole } from './files.ts';
import { cacheFolder } from './host/package-root.ts';
import { note } from './output.ts';

const VERSION = 1;

export const autotuneCacheFile = (): string => join(cacheFolder(), 'autotune.json');

/** What is cached; nothing where there is no file. */
export async function readAutotunes(file = autotuneCacheFile()): Promise<CachedAutotunes> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch {
    return {};
  }
  const found = parse(text);
  if (found) return found;
  note(`${file} is damaged: the autotune results in it are ignored`);
  return {};
}

function parse(text: string): CachedAutotunes | undefined {
  try {
    const found = parseJson(text, 'autotune cache');
    if (!isJsonObject(found) || found.version !== VERSION || !isJsonObject(found.autotunes)) return undefined;
    const texts = Object.entries(found.autotunes).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    );
    return texts.length === Object.keys(found.autotunes).length ? Object.fromEntries(texts) : undefined;
  } catch {
    return undefined;
  }
}

/** Writes them, whole or not at all. A folder that cannot be written is a message and no error: nothing else depends on it. */
export async function saveAutotunes(autotunes: CachedAutotunes, file = autotuneCacheFile()): Promise<void> {
  try {
    await writeWhole(file, new TextEncoder().encode(JSON.stringify({ version: VERSION, autotunes })));
  } catch (error) {
    note(`the autotune results were not cached: ${error instanceof Error ? error.message : error}`);
  }
}
