// Programs as users write them, run under Node.js with the GPU that the tests have. They lie inside the repository, where Node.js
// finds the package by its own name: package.json's `exports` leads it to the built library.
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { softwareEnvironment } from '../../cli/host/gpu-choice.ts';
import { packageRoot } from '../../cli/host/package-root.ts';
import { softwareGpu } from '../../cli/host/software-gpu.ts';
import { gpuChoice } from '../e2e/fixtures/host-test.ts';
import { clothes } from '../e2e/fixtures/image-files.ts';

export const scratch = join(packageRoot, 'dist/run-code');
export const weights = join(packageRoot, 'data/models/fashion-mnist-small.safetensors');

/** Builds what programs import. */
export function buildLibrary(): void {
  const build = join(packageRoot, 'scripts/build.mjs');
  execFileSync(process.execPath, [build, '--if-stale', 'library', 'library-node', 'decode-worker']);
  mkdirSync(scratch, { recursive: true });
}

/** What a program prints; one that has not ended after five minutes is killed, and that is an error. */
export async function run(cwd: string, ...args: string[]): Promise<string> {
  const gpu = gpuChoice() === 'hardware' ? {} : softwareEnvironment(await softwareGpu());
  // What programs keep for the next run is not the tester's.
  const env = { ...process.env, XDG_CACHE_HOME: join(scratch, 'cache'), ...gpu };
  const options = { cwd, env, timeout: 300_000 };
  const { stdout } = await promisify(execFile)(process.execPath, args, options);
  return stdout;
}

/** Files of the Fashion-MNIST sample in a folder of its own: `Trouser 1.png` … */
export async function imageFolder(name: string, each: number): Promise<string> {
  const folder = join(mkdtempSync(join(scratch, 'images-')), name);
  mkdirSync(folder, { recursive: true });
  for (const [file, bytes] of Object.entries(await clothes(each))) writeFileSync(join(folder, file), bytes);
  return folder;
}

/** The same as class folders, `Trouser/1.png` …, of some of the classes. */
export async function classFolders(folder: string, names: readonly string[], each: number): Promise<void> {
  for (const [file, bytes] of Object.entries(await clothes(each))) {
    const [, name = '', number] = /^(.*) (\d+)\.png$/.exec(file) ?? [];
    if (!names.includes(name)) continue;
    mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, name, `${number}.png`), bytes);
  }
}
