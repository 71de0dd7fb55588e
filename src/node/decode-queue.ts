// How a data set's files are decoded, and the queue in which they are: in their order, as many under way as keep the threads
// busy. A file that is no longer the one that was listed ends it.

import type { OpenProgress } from '../data/dataset-options.ts';
import type { DeepOptions } from '../data/deep-image.ts';
import type { Resizing } from '../data/preprocess.ts';
import { DataError } from '../runtime/errors.ts';
import type { DecodePool, DecodePoolOptions } from './decode-pool.ts';
import type { DecodeOutcome, DecodeTask } from './decode-task.ts';
import type { ImageFile } from './image-files.ts';

/** What is wanted of the images; what is left out is chosen after a look at all of them. */
export interface WantedInput extends Resizing {
  readonly channels?: number | undefined;
  readonly height?: number | undefined;
  readonly width?: number | undefined;
}

export interface DecodeOptions {
  readonly wanted: WantedInput;
  readonly pictures: DeepOptions;
  /** The most bytes of pixels that are held in memory. */
  readonly memory: number;
  /** Where decoded images are kept; undefined: nowhere, and those that do not fit into memory are an error. */
  readonly cacheDir: string | undefined;
  /** The share of the files that may be bad. */
  readonly badShare: number;
  readonly pool?: DecodePoolOptions | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: OpenProgress) => void) | undefined;
  /** Bytes that a folder's disk has room for. */
  readonly free?: ((dir: string) => Promise<number>) | undefined;
}

/** The outcomes of all files in their order; as many are under way as keep the pool busy. @throws DataError for a changed file */
export async function* inOrder(
  files: readonly ImageFile[],
  pool: DecodePool,
  task: (file: ImageFile) => DecodeTask,
  signal: AbortSignal | undefined,
): AsyncGenerator<DecodeOutcome> {
  const running: Promise<DecodeOutcome>[] = [];
  const start = (index: number) => {
    const file = files[index];
    if (!file) return;
    const { path, bytes, mtimeMs } = file;
    const outcome = pool.run({ ...task(file), file: { path, bytes, mtimeMs } });
    // Its error is thrown when it is its turn; until then nobody waits for it.
    outcome.catch(() => undefined);
    running.push(outcome);
  };
  for (let index = 0; index < pool.width; index++) start(index);
  for (const [index, { path }] of files.entries()) {
    signal?.throwIfAborted();
    const outcome = await running.shift();
    start(index + pool.width);
    if (!outcome) return;
    if (outcome.kind === 'changed')
      throw new DataError(path, 0, `${outcome.problem}; run again when nothing changes the files any more`);
    yield outcome;
  }
}
