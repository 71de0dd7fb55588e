// What the log of a run says, one JSON object per line: which run it is, every step, every epoch, and how it went on and
// ended. The entries are described once, as fields; the numbers that TensorBoard draws are named in the same place. Entries
// come in the order of the run, so that a log can be cut where a state stands.
import {
  anyValue,
  field,
  matching,
  number,
  type Output,
  object,
  oneOf,
  optional,
  parse,
  type Schema,
  text,
  transformed,
  whole,
} from '../../data/schema.ts';
import type { Scalar } from '../../data/tensorboard.ts';
import { ConfigError } from '../../runtime/errors.ts';

/** Grows when what an entry holds changes. */
export const LOG_VERSION = 1;

const COUNT = whole(0, Number.MAX_SAFE_INTEGER);
/** JSON has no NaN and no infinity: they are written as null, and read as NaN. */
const METRIC: Schema<number> = transformed(anyValue, (json) => {
  if (typeof json === 'number') return json;
  if (json === null) return Number.NaN;
  throw new ConfigError('metric', json, 'must be a number, or null where it was not finite');
});
const NO_METRIC: Schema<number | undefined> = transformed(anyValue, (json) =>
  json === undefined ? undefined : parse(METRIC, json, 'metric'),
);
const METRICS: Schema<Readonly<Record<string, number>>> = transformed(anyValue, (json) =>
  Object.fromEntries(Object.entries(Object(json)).map(([name, value]) => [name, parse(METRIC, value, name)])),
);
const JSON_OBJECT: Schema<Readonly<Record<string, unknown>>> = transformed(anyValue, (json) => {
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return { ...json };
  throw new ConfigError('entry', json, 'must be a JSON object');
});
const TIME = matching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/, 'must be a time as in 2026-11-30T20:19:47.000Z');

/** What computes: a run may go on elsewhere than where it began. */
const PLACE = {
  time: field(TIME, { help: 'when, in UTC' }),
  adapter: field(text(), { help: 'name of the GPU' }),
  host: field(text(), { help: 'node, deno, chromium or browser' }),
  versions: field(JSON_OBJECT, { help: 'of what computes: densenet-webgpu, node …' }),
};
const DONE = {
  step: field(COUNT, { help: 'updates of the run so far, this one included' }),
  seconds: field(number({ min: 0 }), { help: "of training, from the run's start to here", unit: 'seconds' }),
};
const TRAINED = {
  loss: field(METRIC, { help: 'mean training loss of the batch, or of the epoch' }),
  accuracy: field(METRIC, { help: 'share of its images that were classified correctly' }),
  learningRate: field(METRIC, { help: 'of the (last) update' }),
  imagesPerSecond: field(METRIC, { help: 'of training, validation aside' }),
};

/** The entries' fields, by kind. */
const ENTRIES = {
  /** The first entry: which run this is. */
  run: {
    version: field(whole(1, LOG_VERSION), { help: 'of the log' }),
    name: field(text(), { help: "the run's name" }),
    model: field(text(), { help: "the network's name" }),
    parameters: field(COUNT, { help: 'parameters of the network' }),
    seed: field(COUNT, { help: 'of weights, order and augmentation' }),
    hyperparameters: field(JSON_OBJECT, { help: 'as state files hold them' }),
    data: field(JSON_OBJECT, { help: 'the data set' }),
    ...PLACE,
  },
  /** The run goes on from a state. */
  resume: { ...DONE, epochs: field(COUNT, { help: 'epochs that were over' }), ...PLACE },
  step: {
    ...DONE,
    epoch: field(COUNT, { help: 'which epoch it belongs to, counted from 0' }),
    ...TRAINED,
    gradientNorm: field(optional(NO_METRIC, undefined), { help: 'L2 norm of all gradients, before clipping' }),
  },
  epoch: {
    ...DONE,
    epoch: field(COUNT, { help: 'which epoch is over, counted from 0' }),
    ...TRAINED,
    validationLoss: field(METRIC, { help: 'mean loss on the validation set after it' }),
    validationAccuracy: field(METRIC, { help: 'accuracy on the validation set after it' }),
    metrics: field(optional(METRICS, {}), { help: 'further ones of the validation set, by name' }),
  },
  /** How well the run's network does on images that it was not trained on, at its end. */
  evaluation: {
    ...DONE,
    split: field(text(), { help: 'which images: val or test' }),
    checkpoint: field(text(), { help: "the network's file" }),
    images: field(COUNT, { help: 'how many' }),
    loss: field(METRIC, { help: 'mean loss' }),
    accuracy: field(METRIC, { help: 'share of images, or of labels, that is right' }),
    metrics: field(optional(METRICS, {}), { help: 'further ones, by name' }),
  },
  end: {
    ...DONE,
    time: PLACE.time,
    reason: field(oneOf(['complete', 'stopped-early', 'interrupted', 'failed']), { help: 'how it ended' }),
    problem: field(optional(text(4000), ''), { help: 'of a run that failed: why' }),
  },
} as const;

type Entries = typeof ENTRIES;
export type LogKind = keyof Entries;
type EntryOf<K extends LogKind> = { readonly kind: K } & Output<Entries[K]>;
/** An entry of a log, as it is read. */
export type LogEntry = { [K in LogKind]: EntryOf<K> }[LogKind];
export type RunEntry = EntryOf<'run'>;
export type StepEntry = EntryOf<'step'>;
export type EpochEntry = EntryOf<'epoch'>;
export type EvaluationEntry = EntryOf<'evaluation'>;
export type EndEntry = EntryOf<'end'>;

/** The entry as a line of JSON. */
export const logLine = (entry: LogEntry): string => `${JSON.stringify(entry)}\n`;

/** @param name what errors call it @throws ConfigError where it is not an entry of a known kind and version */
export function parseLogEntry(json: unknown, name: string): LogEntry {
  const { kind, ...fields } = parse(JSON_OBJECT, json, name);
  switch (kind) {
    case 'run':
      return { kind, ...parse(object(ENTRIES.run), fields, name) };
    case 'resume':
      return { kind, ...parse(object(ENTRIES.resume), fields, name) };
    case 'step':
      return { kind, ...parse(object(ENTRIES.step), fields, name) };
    case 'epoch':
      return { kind, ...parse(object(ENTRIES.epoch), fields, name) };
    case 'evaluation':
      return { kind, ...parse(object(ENTRIES.evaluation), fields, name) };
    case 'end':
      return { kind, ...parse(object(ENTRIES.end), fields, name) };
    default:
      throw new ConfigError(`${name}.kind`, kind, `must be one of ${Object.keys(ENTRIES).join(', ')}`);
  }
}

/** Where a run stands that is resumed. */
export interface LogPosition {
  /** Updates that are done. */
  readonly step: number;
  /** Epochs that are over, validation and all. */
  readonly epochs: number;
}

/** Whether an entry says what a run that is resumed from there is going to do again. */
export const isBeyond = (entry: LogEntry, { step, epochs }: LogPosition): boolean =>
  entry.kind !== 'run' && (entry.step > step || (entry.kind === 'epoch' && entry.epoch >= epochs));

/** What TensorBoard draws of an entry: scalars by their tags. */
export function scalarsOf(entry: LogEntry): readonly Scalar[] {
  switch (entry.kind) {
    case 'step':
      return scalars({
        'train/loss': entry.loss,
        'train/accuracy': entry.accuracy,
        'train/learning_rate': entry.learningRate,
        'train/images_per_second': entry.imagesPerSecond,
        'train/gradient_norm': entry.gradientNorm,
      });
    case 'epoch':
      return scalars({
        'validation/loss': entry.validationLoss,
        'validation/accuracy': entry.validationAccuracy,
        ...Object.fromEntries(Object.entries(entry.metrics).map(([name, value]) => [`validation/${name}`, value])),
      });
    case 'evaluation':
      // The validation images have their curve.
      return entry.split === 'test' ? scalars({ 'test/loss': entry.loss, 'test/accuracy': entry.accuracy }) : [];
    default:
      return [];
  }
}

const scalars = (values: Readonly<Record<string, number | undefined>>): readonly Scalar[] =>
  Object.entries(values).flatMap(([tag, value]) => (value === undefined ? [] : [{ tag, value }]));
