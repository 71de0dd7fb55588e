// Node and Deno as hosts: child processes, so that the variables that choose a Vulkan driver are there when they start.
// A child leads a process group of its own, and Ctrl-C reaches it through us.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { NoGpuError } from '../../src/runtime/errors.ts';
import { atExit, type Launch } from './host-process.ts';
import { TextTail } from './text-tail.ts';

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
    const words = new TextTail();
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => words.add(chunk));
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => words.add(chunk));
    try {
      await once(child, 'spawn');
    } catch (cause) {
      forget();
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new NoGpuError(`cannot start ${command}: ${reason}`, { cause });
    }
    // 'close' comes after the last words, 'exit' may come before them.
    const closed = once(child, 'close').then(([code, signal]) => {
      forget();
      onExit(signal ? `was ended by ${signal}` : `ended with exit code ${code}`);
    });
    return {
      stderrTail: () => words.toString(),
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
