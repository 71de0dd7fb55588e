// A prediction from its inputs to its rows and heat maps: results are written in the order of the images as their batches are
// done, while the next images are read. Nothing is held but these, so there may be any number of images.
import process from 'node:process';
import { type DeepOptions, FILE_NOTE_TEXTS, type FileNote } from '../../src/data/deep-image.ts';
import { buildNetwork } from '../../src/densenet/network.ts';
import type { Precision } from '../../src/densenet/plan/feature-map.ts';
import type { TestTimeAugmentation } from '../../src/densenet/test-time.ts';
import { writeCheckpoint } from '../../src/densenet/train/checkpoint.ts';
import type { ImportedNetwork } from '../../src/densenet/weights/import-options.ts';
import { ConfigError } from '../../src/runtime/errors.ts';
import { openSession, type Session } from '../host/session.ts';
import { type FoundFile, inputFiles, namedFiles, STANDARD_INPUT, startOf } from '../input-files.ts';
import { areTensors, isTensorFile, pictures, TensorFiles } from '../input-images.ts';
import type { GlobalOptions } from '../options.ts';
import { note } from '../output.ts';
import { predictions } from '../prediction.ts';
import { testTimeOf } from '../test-time.ts';
import type { HeatMapFolder } from './heat-map-folder.ts';
import { PredictProgress } from './progress.ts';
import type { RowOutput } from './row-output.ts';
import type { RowFormat } from './rows.ts';

/** The images to classify. */
export interface PredictInput {
  readonly files: AsyncIterable<FoundFile>;
  /** Undefined: they are pictures. */
  readonly tensors: TensorFiles | undefined;
  /** Images in all, where that is known before they are found. */
  readonly total: number | undefined;
  /** Another program may name them one by one. */
  readonly isStream: boolean;
}

/**
 * The inputs as far as the first file, which says whether they are pictures or tensors.
 * @throws ConfigError where files of both kinds are named; DataError where standard input holds no paths
 */
export async function openInput(inputs: readonly string[]): Promise<PredictInput> {
  const named = await namedFiles(inputs);
  areTensors(named);
  const { first, files } = await startOf(inputFiles(inputs, { onIgnored: noteIgnored }));
  const isStream = inputs.includes(STANDARD_INPUT);
  if (first !== undefined && isTensorFile(first))
    return { files, tensors: await TensorFiles.open(files), total: undefined, isStream };
  const total = named.length === inputs.length ? inputs.length : undefined;
  return { files, tensors: undefined, total, isStream };
}

function noteIgnored(folder: string, ignored: readonly string[], count: number): void {
  const names = ignored.map((file) => file.slice(folder.length).replace(/^\//, ''));
  const rest = count > ignored.length ? ' …' : '';
  note(`${folder}: ${count} ${count === 1 ? 'file is' : 'files are'} not pictures: ${names.join(', ')}${rest}`);
}

export interface PredictRunOptions extends DeepOptions {
  readonly batch: number;
  readonly precision: Precision;
  /** Views of each image whose probabilities are averaged. */
  readonly tta?: TestTimeAugmentation | undefined;
  readonly host: GlobalOptions;
  /** Aborted when no more results are wanted. */
  readonly signal: AbortSignal;
  readonly format: RowFormat;
  readonly out: RowOutput;
  /** Rows go to a file or another program: progress may be drawn. */
  readonly isQuiet: boolean;
  /** Where heat maps are asked for. */
  readonly maps: HeatMapFolder | undefined;
}

/** What a prediction came to. */
export interface PredictResult {
  /** Images that could not be classified, and heat maps that could not be made. */
  readonly failures: number;
  /** Every image has its row. */
  readonly isComplete: boolean;
}

/** Milliseconds without another path after which the images that a program has named so far are classified. */
const IDLE = 100;

/** @throws DenseNetError where the network or the GPU fails, or rows cannot be written; what was written stays */
export async function predictAll(
  input: PredictInput,
  network: ImportedNetwork,
  options: PredictRunOptions,
): Promise<PredictResult> {
  const { config, preprocessing, state } = network;
  const { format, out, maps, signal, precision, tta } = options;
  const { inputChannels: channels, height, width } = config;
  if (input.tensors && tta === 'five-crop')
    throw new ConfigError('--tta', tta, 'needs pictures: tensors have the size of one crop');
  const { preprocessing: prepared, testTime } = testTimeOf(tta, preprocessing);
  const images = input.tensors?.images({ channels, height, width }) ?? pictures(input.files, prepared, options);
  const checkpoint = writeCheckpoint(buildNetwork(config), state);
  const normalisation = input.tensors ? undefined : preprocessing;
  const progress = new PredictProgress({
    total: input.total,
    terminal: process.stderr.isTTY === true && options.isQuiet,
  });
  const notes = new Notes();
  let session: Session | undefined;
  const open = async () => {
    session = await openSession(options.host);
    note(`${session.host}: ${session.adapter.name}`);
    return session;
  };
  const rows = predictions(
    images,
    open,
    { checkpoint, normalisation, precision, testTime: testTime && { ...testTime, multiLabel: network.multiLabel } },
    { size: options.batch, idle: input.isStream ? IDLE : undefined, onBatch: (count) => progress.batch(count) },
  );
  let [count, failures] = [0, 0];
  try {
    await out.frame(format.begin());
    for await (const row of untilAborted(rows, signal)) {
      count++;
      if ('error' in row) {
        failures++;
        await out.write(format.failed(row.name, row.error));
      } else {
        const { image, logits } = row;
        const explanations = session && (await maps?.write(session, checkpoint, image, logits, normalisation));
        notes.tell(image.name, image.notes);
        await out.write(format.row({ file: image.name, logits, notes: image.notes, explanations }));
      }
      progress.row('error' in row);
    }
  } finally {
    progress.end();
    await session?.close();
    // Also where something else went wrong on the way: what was written is a whole document.
    await out.frame(format.end());
    if (failures > 0) note(`${failures} of ${count} could not be classified`);
  }
  if (maps && maps.failures > 0) note(`${maps.failures} heat maps could not be made: index.csv says why`);
  return { failures: failures + (maps?.failures ?? 0), isComplete: !signal.aborted };
}

/** Messages about images: each kind once, since there may be thousands of files. */
class Notes {
  private readonly shown = new Set<FileNote>();

  tell(file: string, notes: readonly FileNote[]): void {
    for (const kind of notes) {
      if (!this.shown.has(kind)) note(`${file} ${FILE_NOTE_TEXTS[kind]} (shown once per kind)`);
      this.shown.add(kind);
    }
  }
}

/** The values up to the one that is under way when the signal comes, which is not waited for. */
async function* untilAborted<T>(values: AsyncIterator<T>, signal: AbortSignal): AsyncGenerator<T> {
  while (!signal.aborted) {
    const next = values.next();
    // The listener goes with its value: one promise for all would remember each of them.
    const given = await new Promise<IteratorResult<T> | undefined>((resolve, reject) => {
      const stop = () => resolve(undefined);
      signal.addEventListener('abort', stop, { once: true });
      next.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
    });
    if (!given || given.done) return;
    yield given.value;
  }
}
