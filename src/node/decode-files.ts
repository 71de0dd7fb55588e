// Files are decoded in their order, several at once; bad ones are noted and skipped, and too many of them end it. Gives the
// pixels to a sink, and the table of what is known of each image.

import { createHash, type Hash } from 'node:crypto';
import { FILE_NOTE_TEXTS, type FileNote } from '../data/deep-image.ts';
import { checkBad, NAMED } from '../data/file-set.ts';
import { PART_NAMES } from '../data/split.ts';
import { type CacheInfo, CacheTable } from './cache-format.ts';
import { chooseInput } from './choose-input.ts';
import type { DecodePool } from './decode-pool.ts';
import { type DecodeOptions, inOrder } from './decode-queue.ts';
import type { ImageFile } from './image-files.ts';
import { ImageSink, type PixelPlace } from './image-sink.ts';

export interface DecodedFiles {
  readonly info: CacheInfo;
  readonly table: CacheTable;
  readonly place: PixelPlace;
  /** Why they are not kept for the next run; undefined: they are. */
  readonly unkept: string | undefined;
}

/**
 * @param key what the cache calls these files, decoded so
 * @throws ConfigError where more than `badShare` of the files are bad; DataError naming a file that changed meanwhile; StorageError
 * where pixels fit neither into memory nor on the disk
 */
export async function decodeFiles(
  key: string,
  files: readonly ImageFile[],
  options: DecodeOptions,
  pool: DecodePool,
): Promise<DecodedFiles> {
  const { wanted, pictures, memory, signal, onProgress } = options;
  const { channels, height, width } = wanted;
  const known = channels !== undefined && height !== undefined && width !== undefined;
  const { input, chosen } = known
    ? { input: { ...wanted, channels, height, width }, chosen: [] }
    : await chooseInput(files, options, pool);
  const bytes = input.channels * input.height * input.width;
  const fits = files.length * bytes <= memory;
  const sink = await ImageSink.open(key, files.length * bytes, fits, options);
  const table = new CacheTable(input.channels);
  const problems: { file: number; problem: string }[] = [];
  const notes = new Map<FileNote, { count: number; file: number }>();
  const digests: readonly Hash[] = PART_NAMES.map(() => createHash('sha256'));
  const most = options.badShare * files.length;
  try {
    let done = 0;
    for await (const outcome of inOrder(files, pool, (file) => ({ file, input, options: pictures }), signal)) {
      const index = done++;
      const file = files[index];
      if (!file) break;
      if (outcome.kind === 'bad') {
        problems.push({ file: index, problem: outcome.problem.slice(0, 900) });
        // Enough to know; as many as are named are found all the same.
        if (problems.length > most && problems.length >= NAMED) break;
      } else if (outcome.kind === 'image') {
        const { pixels, notes: own, ...row } = outcome.image;
        await sink.add(pixels);
        table.add({ ...row, file: index });
        digests[PART_NAMES.indexOf(file.part)]?.update(pixels);
        for (const note of own)
          notes.set(note, { count: (notes.get(note)?.count ?? 0) + 1, file: notes.get(note)?.file ?? index });
      }
      onProgress?.({ stage: 'decode', done, total: files.length });
    }
    checkProblems({ problems }, files, options);
    const info: CacheInfo = {
      key,
      count: table.length,
      channels: input.channels,
      height: input.height,
      width: input.width,
      problems,
      chosen,
      notes: [...notes].map(([note, { count, file }]) => ({ note: FILE_NOTE_TEXTS[note], count, file })),
      parts: [{ assignment: assignmentOf(files), digests: digests.map((hash) => hash.digest('hex')) }],
    };
    const place = await sink.finish(table, info);
    return { info, table, place, unkept: sink.unkept };
  } catch (error) {
    await sink.discard();
    throw error;
  }
}

/** @throws ConfigError as `checkBad` */
export function checkProblems(
  { problems }: Pick<CacheInfo, 'problems'>,
  files: readonly ImageFile[],
  { badShare }: DecodeOptions,
  end = () => {},
): void {
  const named = problems.map(({ file, problem }) => ({ path: files[file]?.name ?? '', problem }));
  try {
    checkBad(named, files.length, badShare);
  } catch (error) {
    end();
    throw error;
  }
}

/** Which image is in which part, as a digest: the parts' own digests hold for that. */
export function assignmentOf(files: readonly ImageFile[]): string {
  const hash = createHash('sha256');
  hash.update(Uint8Array.from(files, ({ part }) => PART_NAMES.indexOf(part)));
  return hash.digest('hex');
}
