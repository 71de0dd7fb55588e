// The command line as a user runs it, for tests: what it prints where, and the exit code it ends with.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import process from 'node:process';
import { packageRoot } from './host/package-root.ts';

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Builds what the command line runs from, where a source has changed. */
export function buildDensenet(): void {
  execFileSync(process.execPath, [join(packageRoot, 'scripts/build.mjs'), '--if-stale', 'cli', 'hosts']);
}

/** The last of the objects that a command prints, one per line. */
export const lastObject = (out: string) => JSON.parse(out.trimEnd().split('\n').at(-1) ?? '');

/** Runs `densenet ARGS…` to its end. */
export const densenet = (...args: string[]): Promise<Ended> => densenetIn(process.cwd(), ...args);

/** The same in another working directory. */
export async function densenetIn(cwd: string, ...args: string[]): Promise<Ended> {
  const child = spawn(process.execPath, [join(packageRoot, 'bin/densenet.mjs'), ...args], { cwd });
  const text = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text.out += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text.err += chunk;
  });
  const [code] = await once(child, 'close');
  return { ...text, code };
}
