// Deno as a host: the executable of the npm package `deno`, or else an installed one.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { NoGpuError } from '../../src/runtime/errors.ts';
import { cacheFolder } from './cache-folder.ts';
import { type ChildProgram, launchChild } from './child-host.ts';
import type { Launch } from './host-process.ts';

/** @throws NoGpuError when there is no Deno. */
export function findDeno(): string {
  try {
    // The package's own way to its executable, which also works where install scripts were not run.
    return createRequire(import.meta.url)('deno/install_api.cjs').runInstall();
  } catch {
    const name = process.platform === 'win32' ? 'deno.exe' : 'deno';
    const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
    const installed = folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
    if (installed) return installed;
    throw new NoGpuError('host deno needs Deno: npm install deno, or put an installed one on PATH');
  }
}

export const launchDeno = (program: string, env: ChildProgram['env']): Launch =>
  launchChild({
    command: findDeno(),
    args: ['run', '--quiet', '--allow-all', '--unstable-webgpu', '--no-config', '--no-lock', '--no-remote', program],
    env: { ...env, DENO_NO_UPDATE_CHECK: '1', DENO_DIR: join(cacheFolder(), 'deno') },
    passOutput: false,
  });
