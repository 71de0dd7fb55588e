// A folder for what is unpacked once and used again: beside the package's own dependencies, where `npm ci` clears it,
// or under the system's temporary folder where that cannot be written.
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { packageRoot } from './package-root.ts';

/** The cache folder, made if it was not there. */
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
