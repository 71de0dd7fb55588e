// Where this package lies, whether it runs from its sources under a test or from its bundle; and its cache folder.
import { accessSync, constants, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NAME = 'densenet-webgpu';

function find(folder: string): string {
  const file = join(folder, 'package.json');
  if (existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).name === NAME) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error(`${fileURLToPath(import.meta.url)} lies in no package called ${NAME}`);
  return find(parent);
}

export const packageRoot = find(dirname(fileURLToPath(import.meta.url)));

/**
 * The folder for what is made once and used again: beside the package's own dependencies, where `npm ci` clears it, or under the
 * system's temporary folder where that cannot be written. Made if it was not there.
 */
export function cacheFolder(): string {
  const parent = dirname(packageRoot);
  const modules = basename(parent) === 'node_modules' ? parent : join(packageRoot, 'node_modules');
  const own = join(modules, '.cache', 'densenet-webgpu');
  try {
    if (existsSync(modules)) {
      mkdirSync(own, { recursive: true });
      accessSync(own, constants.W_OK);
      return own;
    }
  } catch {
    // Installed by somebody else, for reading only.
  }
  const shared = join(tmpdir(), `densenet-webgpu-${userInfo().username}`);
  mkdirSync(shared, { recursive: true, mode: 0o700 });
  return shared;
}
