// Where a training run stands, in names and numbers: its recipe, its place in it, its curves so far, on which images and
// which tiles it runs. What a state file holds beside its tensors, as versioned JSON; read strictly, key by key.

import { ConfigError } from '../../runtime/errors.ts';
import type { AutotuneRecord } from '../autotune/autotune-record.ts';
import { parseAutotuneRecord } from '../autotune/cache.ts';
import { JsonObject, shown } from '../json-object.ts';
import { type Hyperparameters, hyperparametersToJson, parseHyperparameters } from './hyperparameters.ts';
import { migrateRunMetadata } from './migrate-run.ts';

/** Grows when what is recorded changes its meaning. */
export const RUN_METADATA_VERSION = 2;

/** Which images a run learns from, or is tried on. */
export type DataFingerprint = {
  /** Images. */
  readonly count: number;
  /** Of each image. */
  readonly channels: number;
  /** In pixels. */
  readonly height: number;
  /** In pixels. */
  readonly width: number;
  /** SHA-256 in hexadecimal, of all pixels and of the labels as little-endian int32. */
  readonly pixels: string;
  /** SHA-256 of the labels. */
  readonly labels: string;
};

/** Sums over the updates of an epoch so far. */
export type RunningMetrics = {
  /** Updates of the epoch so far. */
  readonly updates: number;
  /** Sum of the updates' mean losses. */
  readonly loss: number;
  /** Images that were right. */
  readonly correct: number;
  /** Of the last update. */
  readonly learningRate: number;
};

/** What an epoch came to. */
export type EpochMetrics = {
  /** Means over the epoch. */
  readonly loss: number;
  /** Share of training images that were right. */
  readonly accuracy: number;
  /** Accuracy on the held-out images after it, and the mean cross-entropy there. */
  readonly validationAccuracy: number;
  /** Mean cross-entropy on the validation images. */
  readonly validationLoss: number;
  /** Of the epoch's last update. */
  readonly learningRate: number;
  /** Training images. */
  readonly imagesPerSecond: number;
  /** Of training, from the run's start to here. */
  readonly seconds: number;
};

/** What a run was started with and where it stands; part of its state file. */
export type RunMetadata = {
  /** How it trains. */
  readonly hyperparameters: Hyperparameters;
  /** Updates of one pass over the training images. */
  readonly updatesPerEpoch: number;
  /** Epochs that are over, held-out images and all. The one after them is the current one. */
  readonly epochs: readonly EpochMetrics[];
  /** Of the current epoch. */
  readonly runningMetrics: RunningMetrics;
  /** Of training so far, from the run's start. */
  readonly seconds: number;
  /** Which images it trains on and validates with. */
  readonly data: {
    /** Images that it learns from. */
    readonly training: DataFingerprint;
    /** Images that it is evaluated on. */
    readonly validation: DataFingerprint;
  };
  /** The tuning that chose the tiles; null: the kernels' defaults. */
  readonly tiles: AutotuneRecord | null;
  /** What the checkpoint will say of the run besides: JSON that nothing depends on. */
  readonly about: Readonly<Record<string, unknown>>;
  /** What computes: the same bits come only from the same of these. */
  readonly engine: EngineRecord;
  /** Where the caller wants the checkpoint at the end: an absolute path, of a command line. No checkpoint has it. */
  readonly out?: string;
};

export type EngineRecord = {
  /** The library's version. */
  readonly version: string;
  readonly host: string;
  readonly gpu: string;
  /** Of the plan: every pass, its variant and its size. */
  readonly plan: string;
};

/** Whether two fingerprints are of the same images. */
export const sameImages = (a: DataFingerprint, b: DataFingerprint): boolean =>
  (Object.keys(a) as (keyof DataFingerprint)[]).every((field) => a[field] === b[field]);

/** Updates since the run's start: the trainer's step. */
export const stepOf = ({ epochs, runningMetrics, updatesPerEpoch }: RunMetadata): number =>
  epochs.length * updatesPerEpoch + runningMetrics.updates;

/** Whether the run has come to its end. */
export const isComplete = ({ epochs, hyperparameters }: RunMetadata): boolean =>
  epochs.length >= hyperparameters.epochs;

export const runMetadataToJson = (record: RunMetadata): string =>
  JSON.stringify({
    version: RUN_METADATA_VERSION,
    ...record,
    hyperparameters: hyperparametersToJson(record.hyperparameters),
  });

const NEEDED = [
  'version',
  'hyperparameters',
  'updatesPerEpoch',
  'epochs',
  'runningMetrics',
  'seconds',
  'data',
  'tiles',
  'about',
  'engine',
];
const KEYS = [...NEEDED, 'out'];

/** @throws ConfigError naming the field, also for a version that is not known */
export function parseRunMetadata(given: unknown): RunMetadata {
  const json = migrateRunMetadata(given);
  const version = typeof json === 'object' && json !== null && 'version' in json ? json.version : undefined;
  if (version !== RUN_METADATA_VERSION) {
    throw new ConfigError('version', shown(version), `is not ${RUN_METADATA_VERSION}, which this library reads`);
  }
  const object = new JsonObject('run', json, KEYS).require(NEEDED);
  const out = object.get('out');
  if (out !== undefined && typeof out !== 'string') throw new ConfigError('out', shown(out), 'must be a path');
  const hyperparameters = parseHyperparameters(object.get('hyperparameters'));
  const updatesPerEpoch = object.whole('updatesPerEpoch', 0, 1, Number.MAX_SAFE_INTEGER);
  const record: RunMetadata = {
    ...{ hyperparameters, updatesPerEpoch },
    epochs: parseEpochs(object.get('epochs')),
    runningMetrics: parseRunningMetrics(object.get('runningMetrics'), updatesPerEpoch, hyperparameters),
    seconds: object.number('seconds', 0, atLeastNone, 'must be 0 or more'),
    data: parseData(object.get('data'), hyperparameters),
    tiles: parseTiles(object.get('tiles')),
    about: parseAbout(object.get('about')),
    engine: parseEngine(object.get('engine')),
    ...(out !== undefined && { out }),
  };
  const whole = Math.floor(record.data.training.count / (hyperparameters.batch * hyperparameters.accumulate));
  if (whole !== updatesPerEpoch) {
    throw new ConfigError('updatesPerEpoch', updatesPerEpoch, `is not the ${whole} that the images give`);
  }
  const updates = record.epochs.length + (record.runningMetrics.updates > 0 ? 1 : 0);
  if (updates > hyperparameters.epochs)
    throw new ConfigError('epochs', updates, `are more than the ${hyperparameters.epochs} of the run`);
  return record;
}

const atLeastNone = (value: number) => value >= 0;
const isShare = (value: number) => value >= 0 && value <= 1;

function parseEpochs(json: unknown): EpochMetrics[] {
  if (!Array.isArray(json)) throw new ConfigError('epochs', shown(json), 'must be a list');
  const keys = [
    'loss',
    'accuracy',
    'validationAccuracy',
    'validationLoss',
    'learningRate',
    'imagesPerSecond',
    'seconds',
  ];
  return json.map((entry: unknown) => {
    const object = new JsonObject('epochs', entry, keys).require(keys);
    return {
      loss: object.number('loss', 0),
      accuracy: object.number('accuracy', 0, isShare, 'must lie in [0, 1]'),
      validationAccuracy: object.number('validationAccuracy', 0, isShare, 'must lie in [0, 1]'),
      validationLoss: object.number('validationLoss', 0),
      learningRate: object.number('learningRate', 0),
      imagesPerSecond: object.number('imagesPerSecond', 0),
      seconds: object.number('seconds', 0, atLeastNone, 'must be 0 or more'),
    };
  });
}

function parseRunningMetrics(
  json: unknown,
  updatesPerEpoch: number,
  { batch, accumulate }: Hyperparameters,
): RunningMetrics {
  const keys = ['updates', 'loss', 'correct', 'learningRate'];
  const object = new JsonObject('runningMetrics', json, keys).require(keys);
  const updates = object.whole('updates', 0, 0, updatesPerEpoch);
  return {
    updates,
    loss: object.number('loss', 0),
    correct: object.whole('correct', 0, 0, updates * batch * accumulate),
    learningRate: object.number('learningRate', 0),
  };
}

function parseData(json: unknown, { config }: Hyperparameters): RunMetadata['data'] {
  const object = new JsonObject('data', json, ['training', 'validation']).require(['training', 'validation']);
  const parse = (name: 'training' | 'validation'): DataFingerprint => {
    const keys = ['count', 'channels', 'height', 'width', 'pixels', 'labels'];
    const of = new JsonObject(name, object.get(name), keys).require(keys);
    for (const hash of ['pixels', 'labels']) {
      if (!/^[0-9a-f]{64}$/.test(of.text(hash, ''))) throw new ConfigError(hash, of.get(hash), 'is no SHA-256');
    }
    const size = { channels: config.inputChannels, height: config.height, width: config.width };
    for (const [side, wanted] of Object.entries(size)) {
      if (of.get(side) !== wanted) throw new ConfigError(side, shown(of.get(side)), `is not the network's ${wanted}`);
    }
    const count = of.whole('count', 0, 1, 2 ** 32);
    return { count, ...size, pixels: of.text('pixels', ''), labels: of.text('labels', '') };
  };
  return { training: parse('training'), validation: parse('validation') };
}

function parseTiles(json: unknown): AutotuneRecord | null {
  if (json === null) return null;
  const key = typeof json === 'object' && 'key' in json && typeof json.key === 'string' ? json.key : '';
  const { autotuneRecord, problem } = parseAutotuneRecord(JSON.stringify(json), key);
  if (problem !== undefined) throw new ConfigError('tiles', 'a tuning', problem);
  return autotuneRecord;
}

function parseAbout(json: unknown): RunMetadata['about'] {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new ConfigError('about', shown(json), 'must be a JSON object');
  }
  return { ...json };
}

function parseEngine(json: unknown): EngineRecord {
  const keys = ['version', 'host', 'gpu', 'plan'];
  const object = new JsonObject('engine', json, keys).require(keys);
  const [version = '', host = '', gpu = '', plan = ''] = keys.map((key) => object.text(key, ''));
  return { version, host, gpu, plan };
}
