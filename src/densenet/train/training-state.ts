// The whole state of a training run as one safetensors file. It is a checkpoint first: parameters and running statistics
// under torchvision's names, which PyTorch and `readCheckpoint` take as they are. Beside them
//   optimizer.<parameter>.momentum_buffer           of SGD, or
//   optimizer.<parameter>.exp_avg, … .exp_avg_sq    of AdamW: the optimizer's state by PyTorch's names, in the parameter's
//                                                   shape, of the parameters that are trained,
//   optimizer.step                                  I64: updates taken,
//   ema.<tensor>                                    the averaged weights and running statistics, of a run that averages them,
// and in the metadata `training_run`: where the run stands (run-record.ts). It carries its own SHA-256. Everything is float32 as it was on the GPU, bit
// for bit; a file that is not whole and right in all its parts is an error, and nothing of it is used.

import {
  readSafetensors,
  type SafetensorsFile,
  undigestedSafetensors,
  writeSafetensors,
} from '../../data/safetensors.ts';
import { float32Tensor, type Tensor, toFloat32 } from '../../data/tensor.ts';
import { StateError } from '../../runtime/errors.ts';
import { buildNetwork, type Network } from '../network.ts';
import { type TrainableRange, trainableRange } from '../plan/scope.ts';
import { type Arenas, byParameter, emptyArenas, statePlaces, toArenas, toStateDict } from '../state-dict.ts';
import {
  AVERAGE_PREFIX,
  type Checkpoint,
  checkpointMetadata,
  checkpointOf,
  checkpointTensors,
  KEYS,
  OPTIMIZER_PREFIX,
  parseMetadata,
  readingTensors,
  type WriteOptions,
  withoutOptimizer,
} from './checkpoint.ts';
import { optimizerOf } from './optimizers.ts';
import { parseRunMetadata, type RunMetadata, runMetadataToJson, stepOf } from './run-metadata.ts';
import { checkTrainerState, stateName, type TrainerState } from './trainer-state.ts';

/** A run's state file, read and checked. */
export interface TrainingState extends Checkpoint {
  /** What the run was started with and where it stands. */
  readonly run: RunMetadata;
  /** For `Trainer.restore`. */
  readonly trainer: TrainerState;
  /** Whether the file carried its own SHA-256; those of version 0.1.0 do not, and damage of their numbers goes unnoticed. */
  readonly checked: boolean;
}

/** What a state file says beside the numbers. */
export interface WriteStateOptions extends Omit<WriteOptions, 'steps'> {
  /** What the run was started with and where it stands. */
  readonly run: RunMetadata;
}

const STEP = `${OPTIMIZER_PREFIX}step`;

/**
 * The file of a run's state, as `Trainer.state` gives it. It has four bytes for each parameter, running statistic and
 * value of the optimizer's state, and some kilobytes. What `readTrainingState` would not read is not written.
 * @throws StateError where the state is not the network's or not finite (naming the tensor), or the record counts other
 * steps; ConfigError for a record that cannot be
 */
export function writeTrainingState(
  network: Network,
  state: TrainerState,
  options: WriteStateOptions,
): Uint8Array<ArrayBuffer> {
  const { tensors, metadata } = stateContents(network, state, options);
  return writeSafetensors(tensors, metadata);
}

/** The same with zeros for its SHA-256, which the caller has to put there (`putDigest`): taking it here takes a while. */
export function undigestedTrainingState(
  network: Network,
  state: TrainerState,
  options: WriteStateOptions,
): Uint8Array<ArrayBuffer> {
  const { tensors, metadata } = stateContents(network, state, options);
  return undigestedSafetensors(tensors, metadata);
}

function stateContents(network: Network, state: TrainerState, { run, ...details }: WriteStateOptions) {
  const { kind } = run.hyperparameters.optimizer;
  const part = trainableRange(network, run.hyperparameters.trainable);
  checkTrainerState(network, part, kind, state, averages(run));
  if (stepOf(run) !== state.steps) throw new StateError('steps', `${state.steps} are not the record's ${stepOf(run)}`);
  const options = { ...details, steps: state.steps };
  const tensors = checkpointTensors(network, toStateDict(network, state), options);
  for (const [i, tensor] of optimizerOf(kind).state.entries()) {
    for (const [name, { shape, values }] of byParameter(part, state.optimizerState[i] ?? new Float32Array())) {
      tensors.set(stateName(name, tensor), float32Tensor(shape, values));
    }
  }
  if (state.average) {
    for (const [name, { shape, values }] of toStateDict(network, state.average))
      tensors.set(`${AVERAGE_PREFIX}${name}`, float32Tensor(shape, values));
  }
  const bytes = new Uint8Array(new BigInt64Array([BigInt(state.steps)]).buffer);
  tensors.set(STEP, { dtype: 'I64', shape: [], bytes });
  const record = runMetadataToJson(run);
  parseRunMetadata(parseMetadata(KEYS.run, record));
  return { tensors, metadata: { ...checkpointMetadata(network, options), [KEYS.run]: record } };
}

/**
 * A run's state, all of it checked.
 * @param file what errors call it
 * @throws DataError (file, offset, problem) for a file that is damaged, holds no run or one of another version, or whose
 * parts do not belong together
 */
export function readTrainingState(bytes: Uint8Array, file: string): TrainingState {
  return readingTensors(bytes, file, (contents) => {
    const text = contents.metadata[KEYS.run];
    if (text === undefined) {
      throw new StateError(
        `metadata ${KEYS.run}`,
        'is missing: this is a network, and not the state of a training run',
      );
    }
    const run = parseRunMetadata(parseMetadata(KEYS.run, text));
    const checkpoint = checkpointOf(contents, bytes.length);
    if (!sameJson(checkpoint.config, run.hyperparameters.config)) {
      throw new StateError('metadata', "the run's network is not the file's");
    }
    const network = buildNetwork(checkpoint.config);
    const { kind } = run.hyperparameters.optimizer;
    const part = trainableRange(network, run.hyperparameters.trainable);
    const steps = readStep(contents);
    if (steps !== stepOf(run)) throw new StateError(STEP, `is ${steps}, and the run stands at ${stepOf(run)}`);
    checkNames(network, part, run, contents);
    const optimizerState = optimizerOf(kind).state.map((tensor) => readOptimizerState(part, tensor, contents));
    const average = averages(run) ? { average: readAverage(network, contents) } : {};
    const trainer = { steps, ...toArenas(network, checkpoint.state), optimizerState, ...average };
    checkTrainerState(network, part, kind, trainer, averages(run));
    return { ...checkpoint, run, trainer, checked: contents.checked };
  });
}

/**
 * The network alone out of a run's state, as a file that PyTorch's load_state_dict takes; any other file as it is.
 * @throws DataError for a file that is no safetensors
 */
export function networkOf(bytes: Uint8Array<ArrayBuffer>, file: string): Uint8Array<ArrayBuffer> {
  const contents = readSafetensors(bytes, file);
  const { [KEYS.run]: run, ...rest } = contents.metadata;
  return run === undefined ? bytes : writeSafetensors(withoutOptimizer(contents).tensors, rest);
}

const sameJson = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

function readStep({ tensors }: SafetensorsFile): number {
  const tensor = expected(tensors.get(STEP), STEP, 'I64', []);
  return Number(new BigInt64Array(new Uint8Array(tensor.bytes).buffer)[0]);
}

const averages = ({ hyperparameters }: RunMetadata): boolean => hyperparameters.average.decay > 0;

/** Every tensor under the training's prefixes is known. */
function checkNames(network: Network, part: TrainableRange, run: RunMetadata, { tensors }: SafetensorsFile): void {
  const { kind } = run.hyperparameters.optimizer;
  const known = new Set([STEP]);
  if (averages(run)) for (const { name } of statePlaces(network)) known.add(`${AVERAGE_PREFIX}${name}`);
  for (const { name } of part.parameters) {
    for (const tensor of optimizerOf(kind).state) known.add(stateName(name, tensor));
  }
  for (const name of tensors.keys()) {
    if (known.has(name)) continue;
    if (name.startsWith(OPTIMIZER_PREFIX)) throw new StateError(name, `is not part of ${kind}`);
    if (name.startsWith(AVERAGE_PREFIX)) throw new StateError(name, 'is no average that this run keeps');
  }
}

function readAverage(network: Network, { tensors }: SafetensorsFile): Arenas {
  const arenas = emptyArenas(network);
  for (const { name, shape, arena, offset } of statePlaces(network)) {
    const full = `${AVERAGE_PREFIX}${name}`;
    arenas[arena].set(toFloat32(expected(tensors.get(full), full, 'F32', shape)), offset);
  }
  return arenas;
}

function readOptimizerState(
  part: TrainableRange,
  state: string,
  { tensors }: SafetensorsFile,
): Float32Array<ArrayBuffer> {
  const arena = new Float32Array(part.floats);
  for (const { name, shape, offset } of part.parameters) {
    const full = stateName(name, state);
    const values = toFloat32(expected(tensors.get(full), full, 'F32', shape));
    if (!values.every(Number.isFinite)) throw new StateError(full, 'holds values that are not finite');
    arena.set(values, offset - part.first);
  }
  return arena;
}

function expected(tensor: Tensor | undefined, name: string, dtype: Tensor['dtype'], shape: readonly number[]): Tensor {
  if (!tensor) throw new StateError(name, 'is missing');
  if (tensor.dtype !== dtype || !sameJson(tensor.shape, shape)) {
    throw new StateError(name, `is ${tensor.dtype} [${tensor.shape}], the run needs ${dtype} [${shape}]`);
  }
  return tensor;
}
