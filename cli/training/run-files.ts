// The files of a training run: its state and its checkpoint. Before the training: no two are one, nothing that this run
// did not make is overwritten unasked, each can be written and has room, and no other run writes them. During the training: each
// state takes the place of the last one, once it was read back from the disk as a whole state.
import { stat, statfs } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import process from 'node:process';
import { parseJson } from '../../src/data/json.ts';
import { readSafetensors } from '../../src/data/safetensors.ts';
import { sha256 } from '../../src/data/sha256.ts';
import type { Network } from '../../src/densenet/network.ts';
import { trainableRange } from '../../src/densenet/plan/scope.ts';
import { KEYS, trainingRecord } from '../../src/densenet/train/checkpoint.ts';
import { epochShape } from '../../src/densenet/train/epoch-shape.ts';
import type { HyperparametersInput } from '../../src/densenet/train/hyperparameters.ts';
import { hyperparametersOf } from '../../src/densenet/train/hyperparameters.ts';
import { optimizerOf } from '../../src/densenet/train/optimizers.ts';
import type { RunMetadata } from '../../src/densenet/train/run-metadata.ts';
import { isComplete, parseRunMetadata, stepOf } from '../../src/densenet/train/run-metadata.ts';
import { readTrainingState } from '../../src/densenet/train/training-state.ts';
import { NO_AVERAGE } from '../../src/densenet/train/weight-average.ts';
import type { TrainingSettings } from '../../src/jobs/train-request.ts';
import { ConfigError, StorageError } from '../../src/runtime/errors.ts';
import { fingerprint } from '../../src/training/fingerprint.ts';
import { trainingId } from '../../src/training/state.ts';
import { megabytes } from '../../ui/number-text.ts';
import { lockFile } from '../file-lock.ts';
import {
  type Check,
  checkOutput,
  clearScratch,
  isFile,
  readInputFile,
  realTarget,
  type Saved,
  writeSomewhere,
  writeWhole,
} from '../files.ts';
import type { TrainingData } from './data.ts';

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
   * Claims the state's file, which may exist if the run resumes from it.
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
        ? `holds a run after ${updates} updates: resume it (--resume ${path}), choose another file, or discard it (--overwrite)`
        : 'already exists: choose another file, or replace it (--overwrite)',
    );
  }

  /**
   * Claims the checkpoint's file, which may exist if the very same training made it.
   * @param training its id, and the updates it will have; called only if the file exists
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
      throw new ConfigError(option, path, 'is the state of an unfinished run: choose another file, or move this one');
    }
    if (overwrite) return;
    throw new ConfigError(
      option,
      path,
      'already exists and is not from this training: choose another file (--out FILE), or replace it (--overwrite)',
    );
  }

  release(): void {
    for (const release of this.locks.splice(0)) release();
  }

  private async refuseSame(option: string, path: string, other: string, input: string): Promise<void> {
    if ((await realTarget(path)) !== (await realTarget(input))) return;
    throw new ConfigError(option, path, `is also the file of ${other}: choose another`);
  }

  private async claim(option: string, path: string, target: string): Promise<void> {
    const other = this.claimed.get(target);
    if (other !== undefined) throw new ConfigError(option, path, `is also the file of ${other}: choose another`);
    await checkOutput(option, path);
    this.locks.push(await lockFile(option, target));
    this.claimed.set(target, option);
    await clearScratch(target);
  }
}

export interface RunToTrain {
  /** The network's name, for messages. */
  readonly name: string;
  readonly settings: TrainingSettings;
  readonly data: TrainingData;
  /** The checkpoint's bytes, if it starts from one. */
  readonly start?: Uint8Array | undefined;
  /** The state file's bytes, if it resumes one. */
  readonly resume?: Uint8Array | undefined;
  /** The metadata of the run that it resumes. */
  readonly from?: RunMetadata;
}

/** Which training a run is, and its updates at the end. */
export async function trainingOf({
  settings,
  data,
  start,
  from,
}: Omit<RunToTrain, 'name'>): Promise<{ id: string; updates: number }> {
  const updates = settings.epochs * epochShape(hyperparametersOf(settings), data.training.count).updates;
  if (from) return { id: await trainingId({ ...from, hyperparameters: settings }), updates };
  const prints = {
    training: await fingerprint(data.training),
    validation: data.validation ? await fingerprint(data.validation) : null,
  };
  const about = start ? { start: await sha256(start) } : {};
  return { id: await trainingId({ hyperparameters: settings, data: prints, about }), updates };
}

/** What an existing file holds: the id of its training, and its progress. */
export async function contentsOf(path: string): Promise<{ id?: string; updates: number; unfinished: boolean }> {
  try {
    const { metadata } = readSafetensors(await readInputFile(path), path);
    const training = trainingRecord(metadata);
    const record = metadata[KEYS.run];
    const run = record === undefined ? undefined : parseRunMetadata(parseJson(record, path));
    const stated = typeof training.updates === 'number' ? training.updates : 0;
    const updates = run ? stepOf(run) : stated;
    const unfinished = run !== undefined && !isComplete(run);
    return { ...(typeof training.id === 'string' && { id: training.id }), updates, unfinished };
  } catch {
    return { updates: 0, unfinished: false };
  }
}

/** A safetensors header: names, shapes and metadata; some kilobytes, and more for a network of many tensors. */
const HEADER_BYTES = { file: 1 << 16, tensor: 200 };

/** An upper bound of the bytes of a run's files. */
export function runBytes(
  network: Network,
  { optimizer, trainable, average = NO_AVERAGE }: Pick<HyperparametersInput, 'optimizer' | 'trainable' | 'average'>,
) {
  const { parameters, running } = network.arena;
  const moments = optimizerOf(optimizer.kind).state.length * trainableRange(network, trainable).floats;
  const head = HEADER_BYTES.file + HEADER_BYTES.tensor * (network.parameters.length + 3 * network.norms.length);
  const out = 4 * (parameters + running) + head;
  const averages = average.decay > 0 ? out : 0;
  return { out, state: out + 4 * moments + head + averages };
}

/**
 * A file is written beside the one that it replaces: where there is none yet, a state needs room for two.
 * @throws StorageError `full` where the file system has too little room for them
 */
export async function checkSpace(
  bytes: { out: number; state: number },
  out: string | undefined,
  state?: string,
): Promise<void> {
  const needs: (readonly [string, number])[] = out === undefined ? [] : [[await realTarget(out), bytes.out]];
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
    // Some file systems do not report their size.
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

/** The file of a run's state while the run goes on: one write after another. */
export class StateFile {
  private writing: Promise<void> = Promise.resolve();
  private next: { readonly bytes: Uint8Array; readonly step: number } | undefined;
  /** Updates of the state that is in the file; undefined while this run has put none there. */
  step: number | undefined;
  /** Why the last one that could not be written is not there. */
  problem = 'it was not reported';

  /**
   * @param note called with a message: a state that cannot be written does not end the training
   * @param before awaited ahead of each write: what must be on the disk first
   */
  constructor(
    readonly path: string,
    private readonly note: (text: string) => void,
    private readonly before: () => Promise<void> = async () => undefined,
  ) {}

  /** Writes a state as soon as the one before it is written; of several that wait, the last. */
  save(bytes: Uint8Array, step: number): void {
    const waiting = this.next !== undefined;
    this.next = { bytes, step };
    if (!waiting) this.writing = this.writing.then(() => this.write());
  }

  /** Writes the run's last state after those under way, elsewhere if its file cannot be written. @throws StorageError */
  async saveLast(bytes: Uint8Array, step: number): Promise<Saved> {
    await this.settle();
    const saved = await writeSomewhere(this.path, [dirname(this.path)], bytes, isState);
    if (saved.problem === undefined) this.step = step;
    return saved;
  }

  /** Waits until nothing is being written. */
  settle(): Promise<void> {
    return this.writing;
  }

  private async write(): Promise<void> {
    const { next } = this;
    this.next = undefined;
    if (!next) return;
    try {
      await this.before();
      await writeWhole(this.path, next.bytes, isState);
      this.step = next.step;
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
      this.note(`the run's state was not saved: ${this.problem}`);
    }
  }
}

/** @throws DataError for what is not a whole state */
export const isState: Check = (written) => void readTrainingState(written, 'the state');
