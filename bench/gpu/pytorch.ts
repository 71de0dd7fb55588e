// PyTorch beside us, in the same call: pytorch.py on the same machine, and a table of ratios, row by row.

import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import * as v from 'valibot';
import { packageRoot } from '../../cli/host/package-root.ts';
import type { Missing } from '../sections/roofline/schema.ts';

const rowSchema = v.looseObject({
  model: v.string(),
  mode: v.string(),
  batch: v.number(),
  /** Which arithmetic and which way to run it: pytorch.py lists them. */
  way: v.string(),
  /** Of the median. */
  imagesPerSecond: v.optional(v.number()),
  problem: v.optional(v.string()),
});

const reportSchema = v.looseObject({
  torch: v.string(),
  device: v.string(),
  rows: v.array(rowSchema),
  /** Why it did not go on to the last row. */
  ended: v.optional(v.string()),
});
export type PyTorchReport = v.InferOutput<typeof reportSchema>;

export interface PyTorchOptions {
  readonly python: string;
  /** MODEL:MODE:BATCH each. */
  readonly rows: readonly string[];
  /** Undefined: all. */
  readonly ways: string | undefined;
  readonly device: 'cuda' | 'cpu';
  /** For each row and way. */
  readonly seconds: number;
  /** Seconds for all of it. */
  readonly limit: number;
}

/** What pytorch.py measured within the limit, or why there is nothing. Its own lines go to `print`. */
export async function measurePyTorch(
  options: PyTorchOptions,
  print: (text: string) => void,
): Promise<PyTorchReport | Missing> {
  const { python, rows, ways, device, seconds, limit } = options;
  const folder = await mkdtemp(join(tmpdir(), 'densenet-pytorch-'));
  const file = join(folder, 'pytorch.json');
  const script = join(packageRoot, 'bench/gpu/pytorch.py');
  const given = ['--device', device, '--rows', rows.join(), '--seconds', String(seconds), '--json', file];
  try {
    const why = await run(python, [script, ...given, ...(ways ? ['--ways', ways] : [])], limit, print);
    // Written anew after each row: what there is counts, also where time ran out.
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text === undefined) return { problem: why ?? 'it measured nothing' };
    const report = v.parse(reportSchema, JSON.parse(text));
    return why === undefined ? report : { ...report, ended: why };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs a program to its end, or to the limit; why it did not end well. */
function run(
  command: string,
  args: readonly string[],
  limit: number,
  print: (text: string) => void,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const timeout = Number.isFinite(limit) ? { timeout: Math.ceil(limit * 1000), killSignal: 'SIGKILL' as const } : {};
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: process.env, ...timeout });
    let last = '';
    const show = (chunk: string) => {
      const text = chunk.trimEnd();
      last = text.split('\n').at(-1) || last;
      if (text) print(text);
    };
    child.stdout.setEncoding('utf8').on('data', show);
    child.stderr.setEncoding('utf8').on('data', show);
    child.on('error', (error) => resolve(error.message));
    child.on('exit', (_, signal) => {
      if (!signal) return;
      // Processes that it started may hold its output open.
      child.stdout.destroy();
      child.stderr.destroy();
      const isOver = signal === 'SIGKILL' && Number.isFinite(limit);
      resolve(isOver ? `its time was over after ${limit.toFixed(0)} s` : `it was ended by ${signal}`);
    });
    child.on('close', (code) => resolve(code === 0 ? undefined : last));
  });
}

/** One of our rows as the table has it. */
export interface OwnRow {
  /** MODEL:MODE:BATCH */
  readonly workload: string;
  readonly imagesPerSecond: number;
  /** In words. */
  readonly check: string;
}

/** Images per second of each row and, for each of PyTorch's ways, ours divided by its: above 1 we are faster. */
export function ratiosAsText(own: readonly OwnRow[], { torch, device, rows, ended }: PyTorchReport): string {
  const ways = [...new Set(rows.map(({ way }) => way))];
  const lines = own.map(({ workload, imagesPerSecond, check }) => {
    const ratios = ways.map((way) => {
      const row = rows.find((r) => `${r.model}:${r.mode}:${r.batch}` === workload && r.way === way);
      return row?.imagesPerSecond === undefined ? '-' : (imagesPerSecond / row.imagesPerSecond).toFixed(2);
    });
    return [workload, imagesPerSecond.toPrecision(4), check, ...ratios];
  });
  const title = `ours / PyTorch ${torch} on ${device} (above 1: ours is faster; -: not measured)`;
  const end = ended === undefined ? [] : [`PyTorch did not come to its last row: ${ended}`];
  return [title, ...columns([['workload', 'images/s', 'check', ...ways], ...lines]), ...end].join('\n');
}

function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
