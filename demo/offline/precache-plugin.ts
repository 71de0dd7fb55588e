// Tells the service worker which files the page consists of, once they are written. Ours and not vite-plugin-pwa, which
// brings over three hundred packages (Babel, a second Rollup; `npm install --dry-run`, 2026-11-26) for what is a hundred
// lines here.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { Plugin } from 'vite';
import { HEADERS_FILE, PLAIN_HEADERS, type PolicyOptions, pageHeaders, SCRIPT_HEADERS } from '../../ui/page-policy.ts';
import type { Precached, PrecachedFile } from './precached.ts';

/** Of the built page; its place decides what it may answer for, so that it stands beside index.html. */
export const SERVICE_WORKER = 'service-worker.js';

/** Vite's own names: assets/name-HASH.ext. */
const HASHED = /^assets\/.*-[\w-]{8}\.\w+$/;

export const precachePlugin = (options: PolicyOptions): Plugin => ({
  name: 'precache',
  apply: 'build',
  writeBundle({ dir = '' }) {
    const script = join(dir, SERVICE_WORKER);
    const paths = readdirSync(dir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && ![SERVICE_WORKER, HEADERS_FILE].includes(entry.name))
      .map((entry) => relative(dir, join(entry.parentPath, entry.name)).split(sep).join('/'))
      .sort();
    const headers = { page: pageHeaders('demo', options), file: { ...PLAIN_HEADERS, ...SCRIPT_HEADERS } };
    const precached: Precached = { ...describeFiles(paths, (path) => readFileSync(join(dir, path))), headers };
    writeFileSync(script, `const PRECACHED=${JSON.stringify(precached)};\n${readFileSync(script, 'utf8')}`);
  },
});

/** The list and its version: the same files give the same, wherever and whenever they are built. */
export function describeFiles(
  paths: readonly string[],
  read: (path: string) => Uint8Array,
): Omit<Precached, 'headers'> {
  const all = createHash('sha256');
  const files = paths.map((path): PrecachedFile => {
    const digest = createHash('sha256').update(read(path)).digest('base64');
    all.update(`${path} ${digest}\n`);
    return HASHED.test(path) ? { path } : { path, integrity: `sha256-${digest}` };
  });
  return { version: all.digest('hex').slice(0, 16), files };
}
