// Checkpoints: a safetensors file with torchvision's names, so that PyTorch's load_state_dict takes it as it is, and with
// what a state dict does not say (configuration, class names, normalisation) in its metadata. Without those metadata the
// architecture is read off the shapes. What does not fit is an error that names the file, and nothing is half loaded. What
// would not be read is not written. Files carry their own SHA-256 (data/file-digest.ts).

import { WITH_DIGEST } from '../../data/file-digest.ts';
import { isJsonObject, type JsonValue, parseJson, readJson } from '../../data/json.ts';
import { FITS, type Resizing } from '../../data/preprocess.ts';
import { INTERPOLATIONS } from '../../data/resample.ts';
import { readSafetensors, type SafetensorsFile, writeSafetensors } from '../../data/safetensors.ts';
import { float32Tensor, type Tensor, toFloat32 } from '../../data/tensor.ts';
import { DataError, DenseNetError, StateError } from '../../runtime/errors.ts';
import type { DenseNetConfig } from '../config.ts';
import { configToJson, parseConfigJson } from '../config-json.ts';
import { buildNetwork, type Network } from '../network.ts';
import { type Normalisation, normalisationTable } from '../normalisation.ts';
import { checkStateDict, checkTensorCount, type StateDict, type StateTensor, toArenas } from '../state-dict.ts';
import { configFromShapes } from '../weights/architecture.ts';

/** What a checkpoint says besides its numbers. */
export interface CheckpointDetails {
  /** How images become the network's size. */
  readonly resizing?: Resizing;
  /** By label; one for each class. */
  readonly classNames?: readonly string[];
  /** How pixels are normalised. */
  readonly normalisation?: Normalisation;
  /** Each class has its own sigmoid, instead of one softmax over all. */
  readonly multiLabel?: boolean;
  /** What logits are divided by before they become probabilities; above 0. Left out: 1. */
  readonly temperature?: number;
  /** Of several labels per image: the (calibrated) probability from which on each counts as present; one per class, in [0, 1]. */
  readonly thresholds?: readonly number[];
}

export interface Checkpoint extends CheckpointDetails {
  /** The network's architecture. */
  readonly config: DenseNetConfig;
  /** Weights, biases and running statistics; checked against the configuration. */
  readonly state: StateDict;
}

export interface WriteOptions extends CheckpointDetails {
  /** Training steps taken: each norm's `num_batches_tracked`. Default 0. */
  readonly steps?: number;
  /** Kept as text for people and programs: accuracy, epochs, how it was trained. */
  readonly training?: Readonly<Record<string, unknown>>;
  /** The same as prose, Markdown: metadata `model_card`. */
  readonly card?: string;
}

/** Metadata keys. `format` is what PyTorch's own reader of safetensors looks for. */
export const KEYS = {
  config: 'config',
  classNames: 'class_names',
  normalisation: 'normalisation',
  resizing: 'resizing',
  multiLabel: 'multi_label',
  temperature: 'temperature',
  thresholds: 'thresholds',
  training: 'training',
  run: 'training_run',
  card: 'model_card',
} as const;
const TRACKED = '.num_batches_tracked';

/** Names that start so are a training's own (training-state.ts); as a network's checkpoint they are passed over. */
export const OPTIMIZER_PREFIX = 'optimizer.';
export const AVERAGE_PREFIX = 'ema.';

/**
 * The file of a network's state, as `DenseNet.stateDict` gives it; the same content gives the same bytes.
 * @throws StateError for what `readCheckpoint` would not read: a tensor that is missing, misshapen, unknown or not finite,
 * class names, a normalisation or thresholds that are not the network's
 */
export function writeCheckpoint(
  network: Network,
  state: StateDict,
  options: WriteOptions = {},
): Uint8Array<ArrayBuffer> {
  return writeSafetensors(checkpointTensors(network, state, options), checkpointMetadata(network, options));
}

/** What a checkpoint consists of, for files that hold more. @throws StateError */
export function checkpointTensors(
  network: Network,
  state: StateDict,
  { steps = 0 }: WriteOptions,
): Map<string, Tensor> {
  checkStateDict(network, state);
  const tensors = new Map<string, Tensor>();
  for (const [name, { shape, values }] of state) tensors.set(name, float32Tensor(shape, values));
  for (const { name } of network.norms) {
    const bytes = new Uint8Array(new BigInt64Array([BigInt(steps)]).buffer);
    tensors.set(`${name}${TRACKED}`, { dtype: 'I64', shape: [], bytes });
  }
  return tensors;
}

/** Its metadata. @throws StateError, ConfigError */
export function checkpointMetadata({ config }: Network, options: WriteOptions): Record<string, string> {
  const { classNames, normalisation, resizing, multiLabel, temperature, thresholds, training, card } = options;
  const described = JSON.stringify(configToJson(config));
  const metadata: Record<string, string> = { ...WITH_DIGEST, format: 'pt', [KEYS.config]: described };
  if (classNames) metadata[KEYS.classNames] = JSON.stringify(classNames);
  if (normalisation) metadata[KEYS.normalisation] = JSON.stringify(normalisation);
  if (resizing) metadata[KEYS.resizing] = JSON.stringify(resizing);
  if (multiLabel !== undefined) metadata[KEYS.multiLabel] = JSON.stringify(multiLabel);
  if (temperature !== undefined) metadata[KEYS.temperature] = JSON.stringify(temperature);
  if (thresholds) metadata[KEYS.thresholds] = JSON.stringify(thresholds);
  if (training) metadata[KEYS.training] = JSON.stringify(training);
  if (card) metadata[KEYS.card] = card;
  parseConfigJson(parseMetadata(KEYS.config, described));
  readDetails(metadata, config);
  return metadata;
}

/** What a file says of how its network was trained: nothing where it says none, or another program wrote something else there. */
export function trainingRecord(metadata: Readonly<Record<string, string>>): Readonly<Record<string, JsonValue>> {
  try {
    const record = parseJson(metadata[KEYS.training] ?? '{}', KEYS.training);
    return isJsonObject(record) ? record : {};
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    return {};
  }
}

/**
 * A checkpoint of ours, or any safetensors file of a DenseNet under torchvision's names. The state of a training run is
 * one too: its network.
 * @param file what errors call it
 * @throws DataError where the file is no safetensors, its metadata are not what they should be, or its tensors are not
 * those of its configuration
 */
export function readCheckpoint(bytes: Uint8Array, file: string): Checkpoint {
  return readingTensors(bytes, file, (contents) => checkpointOf(contents, bytes.length));
}

/** The network of a file of so many bytes. @throws StateError, ConfigError */
export function checkpointOf(contents: SafetensorsFile, fileBytes: number): Checkpoint {
  const { metadata } = contents;
  const state = stateOf(withoutOptimizer(contents));
  const described = metadata[KEYS.config];
  const config =
    described === undefined ? configFromShapes(state) : parseConfigJson(parseMetadata(KEYS.config, described));
  checkTensorCount(config, contents.tensors.size);
  const network = buildNetwork(config);
  if (network.parameterCount > fileBytes) {
    throw new StateError('metadata', `describe a network of ${network.parameterCount} parameters, more than there are`);
  }
  toArenas(network, state);
  return { config, state, ...readDetails(metadata, config) };
}

/** Reads a safetensors file; what `read` finds wrong becomes a DataError at the tensor's place in the file. */
export function readingTensors<T>(bytes: Uint8Array, file: string, read: (contents: SafetensorsFile) => T): T {
  const contents = readSafetensors(bytes, file);
  const offset = (name: string) =>
    (contents.tensors.get(name)?.bytes.byteOffset ?? bytes.byteOffset) - bytes.byteOffset;
  try {
    return read(contents);
  } catch (cause) {
    if (cause instanceof DataError || !(cause instanceof DenseNetError)) throw cause;
    const at = cause instanceof StateError ? offset(cause.tensor) : 0;
    throw new DataError(file, at, cause.message, { cause });
  }
}

/** A run's state as a network alone: without the optimizer's tensors and the averages. Any other file as it is. */
export function withoutOptimizer(contents: SafetensorsFile): SafetensorsFile {
  if (contents.metadata[KEYS.run] === undefined) return contents;
  const network = [...contents.tensors].filter(
    ([name]) => !name.startsWith(OPTIMIZER_PREFIX) && !name.startsWith(AVERAGE_PREFIX),
  );
  return { ...contents, tensors: new Map(network) };
}

function stateOf({ tensors }: SafetensorsFile): Map<string, StateTensor> {
  const state = new Map<string, StateTensor>();
  for (const [name, tensor] of tensors) {
    if (name.endsWith(TRACKED)) continue;
    state.set(name, { shape: tensor.shape, values: toFloat32(tensor) });
  }
  return state;
}

/** @throws StateError for metadata that are not what they should be */
export function readDetails(
  metadata: Readonly<Record<string, string>>,
  config: Pick<DenseNetConfig, 'classes' | 'inputChannels'>,
): CheckpointDetails {
  const read = <Name extends keyof CheckpointDetails>(
    name: Name,
    parse: (json: unknown) => CheckpointDetails[Name],
  ) => {
    const text = metadata[KEYS[name]];
    return text === undefined ? {} : { [name]: parse(parseMetadata(KEYS[name], text)) };
  };
  return {
    ...read('classNames', (json) => readClassNames(json, config.classes)),
    ...read('resizing', readResizing),
    ...read('normalisation', (json) => readNormalisation(json, config.inputChannels)),
    ...read('multiLabel', readMultiLabel),
    ...read('temperature', readTemperature),
    ...read('thresholds', (json) => readThresholds(json, config.classes)),
  };
}

/** The JSON of a metadata text. @throws StateError naming its key */
export function parseMetadata(key: string, text: string): unknown {
  const error = (at: number, problem: string) =>
    new StateError(`metadata ${key}`, at === 0 ? problem : `at byte ${at}: ${problem}`);
  return readJson(text, key, { error }).value;
}

function readClassNames(json: unknown, classes: number): readonly string[] {
  if (!Array.isArray(json) || json.length !== classes) {
    throw new StateError(`metadata ${KEYS.classNames}`, `must list ${classes} names, one per class`);
  }
  // A name is printed as it is: one that moves a terminal's cursor is no name.
  const named = json.every((name) => typeof name === 'string' && name.length <= 200 && !/\p{Cc}/u.test(name));
  if (!named) throw new StateError(`metadata ${KEYS.classNames}`, 'must be printable names of at most 200 characters');
  return json;
}

function readMultiLabel(json: unknown): boolean {
  if (typeof json === 'boolean') return json;
  throw new StateError(`metadata ${KEYS.multiLabel}`, 'must be true or false');
}

function readTemperature(json: unknown): number {
  if (typeof json === 'number' && json > 0 && Number.isFinite(json)) return json;
  throw new StateError(`metadata ${KEYS.temperature}`, 'must be a number above 0');
}

function readThresholds(json: unknown, classes: number): readonly number[] {
  const isShare = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= 1;
  if (Array.isArray(json) && json.length === classes && json.every(isShare)) return json;
  throw new StateError(`metadata ${KEYS.thresholds}`, `must list ${classes} numbers from 0 to 1, one per class`);
}

function readResizing(json: unknown): Resizing {
  const fail = () =>
    new StateError(
      `metadata ${KEYS.resizing}`,
      'must be { resize, interpolation, fit, fill, centre }, each as it may be',
    );
  if (typeof json !== 'object' || json === null) throw fail();
  const { resize, interpolation, fit, fill, centre } = json as Readonly<Record<string, unknown>>;
  const method = INTERPOLATIONS.find((name) => name === interpolation);
  const way = FITS.find((name) => name === fit);
  const sized = readSides(resize);
  if (resize !== undefined && sized === undefined) throw fail();
  if (centre !== undefined && centre !== 'round' && centre !== 'floor') throw fail();
  const isByte = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= 255;
  const filled = Array.isArray(fill) && fill.length <= 1024 && fill.every(isByte) ? fill : undefined;
  if (fill !== undefined && !filled) throw fail();
  if ((interpolation !== undefined && !method) || (fit !== undefined && !way)) throw fail();
  return {
    ...(sized !== undefined && { resize: sized }),
    ...(method && { interpolation: method }),
    ...(way && { fit: way }),
    ...(filled && { fill: filled }),
    ...(centre && { centre }),
  };
}

/** One length, or two. */
function readSides(resize: unknown): Resizing['resize'] {
  const isSide = (side: unknown): side is number =>
    typeof side === 'number' && Number.isInteger(side) && side > 0 && side <= 16384;
  if (isSide(resize)) return resize;
  if (typeof resize !== 'object' || resize === null || !('height' in resize) || !('width' in resize)) return undefined;
  const { height, width } = resize;
  return isSide(height) && isSide(width) ? { height, width } : undefined;
}

function readNormalisation(json: unknown, channels: number): Normalisation {
  const fail = () => new StateError(`metadata ${KEYS.normalisation}`, 'must be { mean, std }, two lists of numbers');
  if (typeof json !== 'object' || json === null || !('mean' in json) || !('std' in json)) throw fail();
  const { mean, std } = json;
  const isNumbers = (list: unknown): list is number[] =>
    Array.isArray(list) && list.every((v) => typeof v === 'number');
  if (!isNumbers(mean) || !isNumbers(std)) throw fail();
  normalisationTable({ mean, std }, channels);
  return { mean, std };
}
