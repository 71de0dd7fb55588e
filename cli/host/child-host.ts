// Node and Deno as hosts: child processes, so that the variables that choose a Vulkan driver are there when they start.
// A child leads a process group of its own, and Ctrl-C reaches it through us.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { NoGpuError } from '../../src/runtime/errors.ts';
import { atExit, type Launch, TextTail } from './host-process.ts';
import { cacheFolder } from './package-root.ts';

export interface ChildProgram {
  readonly command: string;
  readonly args: readonly string[];
  /** Variables beside those of this process. */
  readonly env: Readonly<Record<string, string>>;
  /** Pass on what the child prints on its standard output: what Dawn dumps goes there. */
  readonly passOutput: boolean;
}

/** How long a child may take to end by itself, in milliseconds. */
const GRACE = 2000;

/** How a child host is started. @throws NoGpuError where the command cannot be. */
export const launchChild =
  ({ command, args, env, passOutput }: ChildProgram): Launch =>
  async (url, onExit) => {
    const posix = process.platform !== 'win32';
    const child = spawn(command, args, {
      env: { ...process.env, ...env, DENSENET_HOST_URL: url },
      stdio: ['ignore', passOutput ? 'inherit' : 'pipe', 'pipe'],
      detached: posix,
    });
    const kill = killer(child, posix);
    const forget = atExit(kill);
    const output = new TextTail();
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => output.add(chunk));
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => output.add(chunk));
    try {
      await once(child, 'spawn');
    } catch (cause) {
      forget();
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new NoGpuError(`cannot start ${command}: ${reason}`, { cause });
    }
    // 'close' comes after the last output, 'exit' may come before it.
    const closed = once(child, 'close').then(([code, signal]) => {
      forget();
      onExit(signal ? `was ended by ${signal}` : `ended with exit code ${code}`);
    });
    return {
      stderrTail: () => output.toString(),
      kill,
      close: async () => {
        // It was told to go. Ending by itself writes out what Dawn still holds back of its log.
        const late = setTimeout(kill, GRACE);
        await closed;
        clearTimeout(late);
      },
    };
  };

/** Ends a child at once, and where it leads a process group all of that. */
const killer = (child: ChildProcess, group: boolean) => () => {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    if (group) process.kill(-child.pid, 'SIGKILL');
    else child.kill('SIGKILL');
  } catch {
    // It ended in the meantime.
  }
};

/** Node as a host: this very Node, with the npm package `webgpu`. */
export const launchNode = (program: string, env: ChildProgram['env'], dawnFeatures: string | undefined): Launch =>
  launchChild({
    command: process.execPath,
    args: [program],
    env: { ...env, ...(dawnFeatures ? { DENSENET_DAWN_FEATURES: dawnFeatures } : {}) },
    passOutput: dawnFeatures !== undefined,
  });

/** The executable of the npm package `deno`, or else an installed one. @throws NoGpuError when there is no Deno */
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

/** Deno as a host. */
export const launchDeno = (program: string, env: ChildProgram['env']): Launch =>
  launchChild({
    command: findDeno(),
    args: ['run', '--quiet', '--allow-all', '--unstable-webgpu', '--no-config', '--no-lock', '--no-remote', program],
    env: { ...env, DENO_NO_UPDATE_CHECK: '1', DENO_DIR: join(cacheFolder(), 'deno') },
    passOutput: false,
  });
