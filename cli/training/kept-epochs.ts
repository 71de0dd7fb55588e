// `--keep N`: the networks of a run's N best epochs, a file each in its folder (timm's --checkpoint-hist). What lies there counts, so
// that a run that was killed and goes on has the same files. One that falls out is removed, if this very training wrote it; what
// something else wrote is neither removed nor replaced.
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readSafetensors } from '../../src/data/safetensors.ts';
import { readCheckpoint, trainingRecord } from '../../src/densenet/train/checkpoint.ts';
import { type EpochMetrics, rankedEpochs } from '../../src/densenet/train/run-metadata.ts';
import { clearScratch, isFile, writeWhole } from '../files.ts';
import { contentsOf } from './run-files.ts';
import { epochFile, epochOfFile } from './run-folder.ts';

export interface KeptEpochsOptions {
  readonly folder: string;
  /** As many epochs stay. */
  readonly most: number;
  /** Of the training, where it goes on; left out: its first network says it. */
  readonly id: string | undefined;
  /** Called with a message where a file cannot be written or removed. */
  readonly note: (text: string) => void;
}

export class KeptEpochs {
  private id: string | undefined;

  constructor(private readonly options: KeptEpochsOptions) {
    this.id = options.id;
  }

  /** Writes the network of an epoch. */
  async add(epoch: number, checkpoint: Uint8Array): Promise<void> {
    const { folder, most, note } = this.options;
    if (most === 0) return;
    this.id ??= idOf(checkpoint);
    const path = join(folder, epochFile(epoch));
    try {
      if ((await isFile(path)) && (await contentsOf(path)).id !== this.id)
        throw new Error('there is a file of that name that this training did not write');
      await clearScratch(path);
      await writeWhole(path, checkpoint, (bytes) => void readCheckpoint(bytes, path));
    } catch (error) {
      note(`the network of epoch ${epoch + 1} is not kept in ${path}: ${message(error)}`);
    }
  }

  /**
   * Removes what is not among the best epochs.
   * @param epochs what each epoch so far has come to
   * @param updates of an epoch
   */
  async prune(epochs: readonly EpochMetrics[], updates: number): Promise<void> {
    const { folder, most, note } = this.options;
    if (most === 0 || this.id === undefined) return;
    const best = new Set(rankedEpochs(epochs).slice(0, most));
    for (const name of await readdir(folder).catch(() => [])) {
      const epoch = epochOfFile(name);
      if (epoch === undefined || best.has(epoch)) continue;
      const path = join(folder, name);
      const there = await contentsOf(path);
      if (there.id !== this.id || there.updates !== (epoch + 1) * updates) continue;
      await rm(path).catch((error: unknown) => note(`${path} is no longer kept, and stays: ${message(error)}`));
    }
  }
}

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function idOf(checkpoint: Uint8Array): string | undefined {
  const { id } = trainingRecord(readSafetensors(checkpoint, 'network').metadata);
  return typeof id === 'string' ? id : undefined;
}
