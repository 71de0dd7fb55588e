// Where a training run stands, in names and numbers: its hyperparameters, its place in it, its metrics so far, on which
// images and which tiles it runs. What a state file holds beside its tensors, as versioned JSON.

import {
  anyValue,
  list,
  matching,
  nullable,
  number,
  type Output,
  object,
  optional,
  parse,
  type Schema,
  shown,
  text,
  transformed,
  whole,
} from '../../data/schema.ts';
import { ConfigError } from '../../runtime/errors.ts';
import { type AutotuneRecord, parseAutotuneRecord } from '../autotune/cache.ts';
import { epochShape } from './epoch-shape.ts';
import { hyperparametersToJson, isOpenEnded, parseHyperparameters } from './hyperparameters.ts';
import { lossOf } from './losses.ts';
import { migrateRunMetadata } from './migrate-run.ts';
import { sourceOf } from './source-size.ts';

/** Grows when what is recorded changes its meaning. */
export const RUN_METADATA_VERSION = 2;

const SECONDS = number({ min: 0 });
const SHARE = number({ min: 0, max: 1 });
const SHA256 = matching(/^[0-9a-f]{64}$/, 'is not a SHA-256: 64 hexadecimal digits');

/** Which images a run is trained or validated on. */
const FINGERPRINT = {
  /** Number of images. */
  count: whole(1, 2 ** 32),
  /** Of each image. */
  channels: whole(1, 2 ** 32),
  /** In pixels. */
  height: whole(1, 2 ** 32),
  /** In pixels. */
  width: whole(1, 2 ** 32),
  /** SHA-256 of all pixels, in hexadecimal. */
  pixels: SHA256,
  /** SHA-256 of the labels as little-endian int32. */
  labels: SHA256,
};
/**
 * Which images a run is trained or validated on.
 * @interface
 */
export type DataFingerprint = Output<typeof FINGERPRINT>;

/** Sums over the updates of an epoch so far. */
const RUNNING_METRICS = {
  /** Updates of the epoch that are done. */
  updates: whole(0, Number.MAX_SAFE_INTEGER),
  /** Sum of the updates' mean losses. */
  loss: number(),
  /** Images that were right; of several labels per image, labels. */
  correct: whole(0, Number.MAX_SAFE_INTEGER),
  /** Of the last update. */
  learningRate: number(),
};
/**
 * Sums over the updates of an epoch so far.
 * @interface
 */
export type RunningMetrics = Output<typeof RUNNING_METRICS>;

/** What an epoch came to. */
const EPOCH_METRICS = {
  /** Mean training loss over the epoch. */
  loss: number(),
  /** Mean training accuracy over the epoch: the share of the images that were right; of several labels per image, of the labels. */
  accuracy: SHARE,
  /** Accuracy on the validation set after it; null: there is none. */
  validationAccuracy: nullable(SHARE),
  /** Mean loss on the validation set after it; null: there is none. */
  validationLoss: nullable(number()),
  /** Of its last update. */
  learningRate: number(),
  /** Of training, validation aside. */
  imagesPerSecond: number(),
  /** Of training, from the run's start to here. */
  seconds: SECONDS,
};
/**
 * What an epoch came to.
 * @interface
 */
export type EpochMetrics = Output<typeof EPOCH_METRICS>;

/** What computes: the same bits come only from the same of these. */
const ENGINE = {
  /** The library's version. */
  version: text(),
  /** `browser`, `chromium`, `node` or `deno`. */
  host: text(),
  /** The adapter's name. */
  gpu: text(),
  /** Of the plan: every pass, its variant and its size. */
  plan: text(),
};
export type EngineRecord = Output<typeof ENGINE>;

/** JSON that nothing depends on. */
const ABOUT: Schema<Readonly<Record<string, unknown>>> = transformed(anyValue, (json) => {
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return { ...json };
  throw new ConfigError('about', shown(json), 'must be a JSON object');
});

/** The autotune record whose tiles the run uses; null: the kernels' defaults. */
const TILES: Schema<AutotuneRecord | null> = transformed(anyValue, (json) => {
  if (json === null) return null;
  const key =
    typeof json === 'object' && json !== undefined && 'key' in json && typeof json.key === 'string' ? json.key : '';
  const { autotuneRecord, problem } = parseAutotuneRecord(JSON.stringify(json), key);
  if (problem !== undefined) throw new ConfigError('tiles', 'an autotune record', problem);
  return autotuneRecord;
});

const RUN_METADATA = {
  /** How the network is trained. */
  hyperparameters: transformed(anyValue, parseHyperparameters),
  /** Updates of each epoch. */
  updatesPerEpoch: whole(1, Number.MAX_SAFE_INTEGER),
  /** Epochs that are over, validation and all. The one after them is the current one. */
  epochs: list(object(EPOCH_METRICS)),
  /** Of the current epoch so far. */
  runningMetrics: object(RUNNING_METRICS),
  /** Of training so far, from the run's start. */
  seconds: SECONDS,
  /** Which images it has. */
  data: object({
    /** Those that it is trained on. */
    training: object(FINGERPRINT),
    /** Those that it is validated on; null: there are none. */
    validation: nullable(object(FINGERPRINT)),
  }),
  /** The autotune record whose tiles the run uses; null: the kernels' defaults. */
  tiles: TILES,
  /** What the checkpoint will say of the run besides. */
  about: ABOUT,
  /** What computed it. */
  engine: object(ENGINE),
};

/**
 * What a run was started with and where it stands; part of its state file.
 * @interface
 */
export type RunMetadata = Output<typeof RUN_METADATA> & {
  /** Where the caller wants the checkpoint at the end: an absolute path, of a command line. No checkpoint has it. */
  readonly out?: string;
};

/** Whether two fingerprints are of the same images. */
export const sameImages = (a: DataFingerprint | null, b: DataFingerprint | null): boolean =>
  a === null || b === null ? a === b : Object.entries(a).every(([field, value]) => Reflect.get(b, field) === value);

/** Updates since the run's start: the trainer's step. */
export const stepOf = ({ epochs, runningMetrics, updatesPerEpoch }: RunMetadata): number =>
  epochs.length * updatesPerEpoch + runningMetrics.updates;

/**
 * Epochs from the best to the worst, counted from 0: by validation accuracy, equals by validation loss, then the earlier one first.
 * Where nothing is validated, the last one first.
 */
export function rankedEpochs(epochs: readonly Pick<EpochMetrics, 'validationAccuracy' | 'validationLoss'>[]): number[] {
  const accuracy = (epoch: number) => epochs[epoch]?.validationAccuracy ?? null;
  const loss = (epoch: number) => epochs[epoch]?.validationLoss ?? 0;
  return [...epochs.keys()].sort((a, b) => {
    const [first, second] = [accuracy(a), accuracy(b)];
    if (first === null || second === null) return first === second ? b - a : first === null ? 1 : -1;
    return second - first || loss(a) - loss(b) || a - b;
  });
}

/** The best of them (`rankedEpochs`); undefined where none has been validated. */
export function bestEpoch(
  epochs: readonly Pick<EpochMetrics, 'validationAccuracy' | 'validationLoss'>[],
): number | undefined {
  const [best] = rankedEpochs(epochs);
  return best === undefined || epochs[best]?.validationAccuracy === null ? undefined : best;
}

/** What ended the run, as a sentence about its epochs; undefined: it has more to do. */
export function completion({ epochs, hyperparameters }: Pick<RunMetadata, 'epochs' | 'hyperparameters'>) {
  const { earlyStop } = hyperparameters;
  const losses = epochs.flatMap(({ validationLoss }) => validationLoss ?? []);
  if (earlyStop > 0 && losses.length - 1 - losses.indexOf(Math.min(...losses)) >= earlyStop)
    return `are not needed: the validation loss has not fallen for ${earlyStop} epochs (early stopping)`;
  if (epochs.length < hyperparameters.epochs) return undefined;
  return isOpenEnded(hyperparameters) ? 'are all done; ask for more' : 'are all done; its schedule has come to its end';
}

/** Whether the run has come to its end. */
export const isComplete = (run: Pick<RunMetadata, 'epochs' | 'hyperparameters'>): boolean =>
  completion(run) !== undefined;

export const runMetadataToJson = (run: RunMetadata): string =>
  JSON.stringify({
    version: RUN_METADATA_VERSION,
    ...run,
    hyperparameters: hyperparametersToJson(run.hyperparameters),
  });

const SCHEMA = object({
  version: whole(RUN_METADATA_VERSION, RUN_METADATA_VERSION),
  ...RUN_METADATA,
  out: optional(text(), ''),
});

/** Run metadata from JSON, of version 0.1.0 too. @throws ConfigError naming the field, also for an unknown version */
export function parseRunMetadata(given: unknown): RunMetadata {
  const json = migrateRunMetadata(given);
  const written = typeof json === 'object' && json !== null && 'version' in json ? json.version : undefined;
  if (written !== RUN_METADATA_VERSION) {
    throw new ConfigError('version', shown(written), `is not ${RUN_METADATA_VERSION}, which this library reads`);
  }
  const { version: _, out, ...found } = parse(SCHEMA, json, 'run');
  checkRun(found);
  return out === '' ? found : { ...found, out };
}

/** Checks across fields. */
function checkRun({ hyperparameters, updatesPerEpoch, epochs, runningMetrics, data }: RunMetadata): void {
  const { config, batch, accumulate, loss } = hyperparameters;
  const shape = epochShape(hyperparameters, data.training.count);
  sourceOf(data.training, hyperparameters);
  const size = { channels: config.inputChannels, height: config.height, width: config.width };
  const { validation } = data;
  for (const [side, wanted] of validation ? Object.entries(size) : []) {
    const value: unknown = validation && Reflect.get(validation, side);
    if (value !== wanted) throw new ConfigError(side, shown(value), `is not the network's ${wanted}`);
  }
  if (shape.updates !== updatesPerEpoch) {
    throw new ConfigError('updatesPerEpoch', updatesPerEpoch, `is not the ${shape.updates} that the images give`);
  }
  // JSON has null for a number that is not finite, too.
  for (const field of ['validationAccuracy', 'validationLoss'] as const) {
    const wrong = epochs.find((epoch) => (epoch[field] === null) !== (data.validation === null));
    if (wrong)
      throw new ConfigError(field, wrong[field], 'must be a number where there is a validation set, and null else');
  }
  const { updates, correct } = runningMetrics;
  if (updates > updatesPerEpoch) throw new ConfigError('updates', updates, `must be at most ${updatesPerEpoch}`);
  const labels = lossOf(loss).labelsPerImage(config.classes);
  if (correct > updates * batch * accumulate * labels)
    throw new ConfigError('correct', correct, `is more than there were ${labels === 1 ? 'images' : 'labels'}`);
  const begun = epochs.length + (updates > 0 ? 1 : 0);
  if (begun > hyperparameters.epochs)
    throw new ConfigError('epochs', begun, `are more than the ${hyperparameters.epochs} of the run`);
}
