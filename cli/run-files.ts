// The files of a training run: its state and its checkpoint. Before the training: no two are one, nothing that this run
// did not make is overwritten unasked, each can be written and has room, and no other run writes them.

import { stat, statfs } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import process from 'node:process';
import { isJsonObject, parseJson } from '../src/data/json.ts';
import { readSafetensors } from '../src/data/safetensors.ts';
import type { Network } from '../src/densenet/network.ts';
import { KEYS } from '../src/densenet/train/checkpoint.ts';
import type { Hyperparameters } from '../src/densenet/train/hyperparameters.ts';
import { optimizerOf } from '../src/densenet/train/optimizers.ts';
import { isComplete, parseRunMetadata, stepOf } from '../src/densenet/train/run-metadata.ts';
import { trainableRange } from '../src/densenet/trainable-range.ts';
import { ConfigError, StorageError } from '../src/runtime/errors.ts';
import { megabytes } from '../ui/number-text.ts';
import { lockFile } from './file-lock.ts';
import { isFile, readInputFile } from './input-file.ts';
import { checkOutput, clearScratch, realTarget } from './output-file.ts';

export interface ClaimOptions {
  /** What errors call the file. */
  readonly option: string;
  /** `--overwrite`. */
  readonly overwrite: boolean;
}

export interface Inputs {
  readonly resume?: string | undefined;
  readonly checkpoint?: string | undefined;
}

/** The state and the checkpoint of one run, from before its first step to its end. */
export class RunFiles {
  private readonly locks: (() => void)[] = [];
  private readonly claimed = new Map<string, string>();

  /**
   * Claims the state's file, which may be there where the run goes on from it.
   * @throws ConfigError where it cannot be written, or holds what would be lost; StorageError where another run has it
   */
  async claimState(path: string, { resume, checkpoint }: Inputs, { option, overwrite }: ClaimOptions): Promise<void> {
    const target = await realTarget(path);
    if (checkpoint !== undefined) await this.refuseSame(option, path, '--checkpoint', checkpoint);
    await this.claim(option, path, target);
    const own = resume !== undefined && target === (await realTarget(resume));
    if (own || overwrite || !(await isFile(target))) return;
    const { unfinished, updates } = await contentsOf(target);
    throw new ConfigError(
      option,
      path,
      unfinished
        ? `holds a run after ${updates} updates: go on with it (--resume ${path}), choose another file, or lose it (--overwrite)`
        : 'is there already: choose another file, or have it replaced (--overwrite)',
    );
  }

  /**
   * Claims the checkpoint's file, which may be there where the very same training made it.
   * @param training its id, and the updates it will have; asked only where the file is there
   * @throws as `claimState`
   */
  async claimOut(
    path: string,
    inputs: Inputs,
    { option, overwrite }: ClaimOptions,
    training: () => Promise<{ id: string; updates: number }>,
  ): Promise<void> {
    const target = await realTarget(path);
    for (const [name, input] of [['--resume', inputs.resume] as const, ['--checkpoint', inputs.checkpoint] as const]) {
      if (input !== undefined) await this.refuseSame(option, path, name, input);
    }
    await this.claim(option, path, target);
    if (!(await isFile(target))) return;
    const there = await contentsOf(target);
    const { id, updates } = await training();
    if (there.id === id && there.updates <= updates) return;
    if (there.unfinished) {
      throw new ConfigError(
        option,
        path,
        'is the state of a run that is not finished: choose another file, or move that',
      );
    }
    if (overwrite) return;
    throw new ConfigError(
      option,
      path,
      'is there already, and not of this training: choose another file (--out FILE), or have it replaced (--overwrite)',
    );
  }

  release(): void {
    for (const release of this.locks.splice(0)) release();
  }

  private async refuseSame(option: string, path: string, other: string, input: string): Promise<void> {
    if ((await realTarget(path)) !== (await realTarget(input))) return;
    throw new ConfigError(option, path, `is the file of ${other} too: choose another`);
  }

  private async claim(option: string, path: string, target: string): Promise<void> {
    const other = this.claimed.get(target);
    if (other !== undefined) throw new ConfigError(option, path, `is the file of ${other} too: choose another`);
    await checkOutput(option, path);
    this.locks.push(await lockFile(option, target));
    this.claimed.set(target, option);
    await clearScratch(target);
  }
}

/** What a file that is there holds: of which training, and how far that is. */
async function contentsOf(path: string): Promise<{ id?: string; updates: number; unfinished: boolean }> {
  try {
    const { metadata } = readSafetensors(await readInputFile(path), path);
    const said = parseJson(metadata[KEYS.training] ?? '{}', path);
    const training = isJsonObject(said) ? said : {};
    const record = metadata[KEYS.run];
    const run = record === undefined ? undefined : parseRunMetadata(parseJson(record, path));
    const told = typeof training.updates === 'number' ? training.updates : 0;
    const updates = run ? stepOf(run) : told;
    const unfinished = run !== undefined && !isComplete(run);
    return { ...(typeof training.id === 'string' && { id: training.id }), updates, unfinished };
  } catch {
    return { updates: 0, unfinished: false };
  }
}

/** Beside the numbers: names, shapes and the record; some kilobytes, and more for a network of many tensors. */
const HEADER_BYTES = { file: 1 << 16, tensor: 200 };

/** Bytes of the files of a run, a little more than they come to. */
export function runBytes(network: Network, { optimizer, trainable }: Pick<Hyperparameters, 'optimizer' | 'trainable'>) {
  const { parameters, running } = network.arena;
  const moments = optimizerOf(optimizer.kind).state.length * trainableRange(network, trainable).floats;
  const head = HEADER_BYTES.file + HEADER_BYTES.tensor * (network.parameters.length + 3 * network.norms.length);
  const out = 4 * (parameters + running) + head;
  return { out, state: out + 4 * moments + head };
}

/**
 * A file is written beside the one that it replaces: where there is none yet, a state needs room for two.
 * @throws StorageError `full` where the file system has too little room for them
 */
export async function checkSpace(bytes: { out: number; state: number }, out: string, state?: string): Promise<void> {
  const needs: (readonly [string, number])[] = [[await realTarget(out), bytes.out]];
  if (state !== undefined) {
    const target = await realTarget(state);
    needs.push([target, (await isFile(target)) ? bytes.state : 2 * bytes.state]);
  }
  const byDevice = new Map<number, { folder: string; needed: number }>();
  for (const [path, needed] of needs) {
    const folder = dirname(path);
    const { dev } = await stat(folder);
    byDevice.set(dev, { folder, needed: needed + (byDevice.get(dev)?.needed ?? 0) });
  }
  for (const { folder, needed } of byDevice.values()) {
    const { blocks, bavail, bsize } = await statfs(folder);
    // Some file systems have no idea of their size.
    if (blocks === 0 || bavail * bsize >= needed) continue;
    const problem = `the files of this run need ${megabytes(needed)}, ${folder} has ${megabytes(bavail * bsize)} left`;
    throw new StorageError('full', `${problem}: make room, or choose another place (--out, --state)`);
  }
}

/** The path as people type it: relative where that is shorter. */
export function shortPath(path: string): string {
  const short = relative(process.cwd(), resolve(path));
  return short !== '' && short.length < path.length ? short : path;
}
