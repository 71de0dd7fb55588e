// Golden files: what PyTorch computes for a network, for this engine to be compared with. The format is that of
// tests/golden/make_golden.py: configuration and PyTorch's own float32 errors in the metadata; input, labels, initial
// state, and optionally everything that follows from them.

import { readJson } from '../../data/json.ts';
import { readSafetensors } from '../../data/safetensors.ts';
import { type Tensor, toFloat32, toInt32 } from '../../data/tensor.ts';
import { DataError } from '../../runtime/errors.ts';
import type { DenseNetConfig } from '../config.ts';
import { type GoldenTraining, parseGoldenConfig } from '../config-json.ts';
import { buildNetwork } from '../network.ts';
import { checkTensorCount, type StateTensor, toArenas } from '../state-dict.ts';
import { lossOf } from '../train/losses.ts';
import type { Batch } from '../train/trainer.ts';

export interface Golden {
  readonly file: string;
  readonly config: DenseNetConfig;
  readonly training: GoldenTraining;
  readonly batch: Batch & { readonly images: Float32Array<ArrayBuffer> };
  readonly state: ReadonlyMap<string, StateTensor>;
  /** Expected results, by the golden's names; empty where the file only has the input. */
  readonly expected: ReadonlyMap<string, StateTensor>;
  /** PyTorch's own relative L2 error in float32, by tensor. */
  readonly float32Error: ReadonlyMap<string, number>;
  /** Input and state may hold NaN or infinity, and so may the results; in other files they are errors. */
  readonly nonFinite: boolean;
}

const EXPECTED = /^(eval\.logits|train\.logits|train\.loss|steps\.loss|(grad|running|after)\..+)$/;

/**
 * @throws DataError for anything but a golden file, ConfigError and StateError for an invalid network or state
 */
export function readGolden(bytes: Uint8Array, file: string): Golden {
  const { metadata, tensors } = readSafetensors(bytes, file);
  const { config, training } = parseGoldenConfig(parseJson(file, 'config', metadata.config));
  checkTensorCount(config, tensors.size);
  const network = buildNetwork(config);
  const nonFinite = metadata.non_finite !== undefined;
  const images = values(file, tensors, 'input', nonFinite, [
    training.batch,
    config.inputChannels,
    config.height,
    config.width,
  ]);
  const state = new Map<string, StateTensor>();
  const expected = new Map<string, StateTensor>();
  for (const [name, tensor] of tensors) {
    const floats = () => ({ shape: tensor.shape, values: toFloat32(tensor) });
    if (name.startsWith('param.')) state.set(name.slice('param.'.length), floats());
    else if (EXPECTED.test(name)) expected.set(name, floats());
    else if (name !== 'input' && name !== 'labels')
      throw new DataError(file, 0, `tensor ${name} does not belong in a golden file`);
  }
  toArenas(network, state, { nonFinite: nonFinite ? 'allow' : 'refuse' });
  const labels = labelsOf(file, tensors, config, training);
  return {
    file,
    config,
    training,
    batch: { images, labels },
    state,
    expected,
    float32Error: errorsOf(file, metadata.f32_error),
    nonFinite,
  };
}

function parseJson(file: string, key: string, text: string | undefined): unknown {
  if (text === undefined) throw new DataError(file, 8, `the metadata has no "${key}": not a golden file`);
  const error = (_at: number, problem: string, options?: ErrorOptions) =>
    new DataError(file, 8, `the metadata's "${key}": ${problem}`, options);
  return readJson(text, file, { error }).value;
}

function shaped(file: string, tensors: ReadonlyMap<string, Tensor>, name: string, shape: readonly number[]): Tensor {
  const tensor = tensors.get(name);
  if (!tensor) throw new DataError(file, 8, `tensor ${name} is missing`);
  if (tensor.shape.length !== shape.length || tensor.shape.some((n, i) => n !== shape[i])) {
    throw new DataError(file, 8, `${name} has shape [${tensor.shape}], but the configuration needs [${shape}]`);
  }
  return tensor;
}

function values(
  file: string,
  tensors: ReadonlyMap<string, Tensor>,
  name: string,
  nonFinite: boolean,
  shape: readonly number[],
) {
  const floats = toFloat32(shaped(file, tensors, name, shape));
  const bad = floats.findIndex((v) => !Number.isFinite(v));
  if (bad >= 0 && !nonFinite) throw new DataError(file, 8, `${name}[${bad}] is ${floats[bad]}`);
  return floats;
}

function labelsOf(
  file: string,
  tensors: ReadonlyMap<string, Tensor>,
  config: DenseNetConfig,
  training: GoldenTraining,
) {
  if (lossOf(training.loss).labels === 'Float32Array') {
    const floats = toFloat32(shaped(file, tensors, 'labels', [training.batch, config.classes]));
    const bad = floats.find((v) => v < 0 || v > 1);
    if (bad !== undefined) throw new DataError(file, 8, `label ${bad} must be 0 to 1, or NaN for a missing one`);
    return floats;
  }
  const labels = toInt32(shaped(file, tensors, 'labels', [training.batch]), file);
  const bad = labels.find((l) => l < 0 || l >= config.classes);
  if (bad !== undefined)
    throw new DataError(file, 8, `label ${bad} is out of range: classes are 0 to ${config.classes - 1}`);
  return labels;
}

function errorsOf(file: string, text: string | undefined): Map<string, number> {
  const errors = new Map<string, number>();
  if (text === undefined) return errors;
  const json = parseJson(file, 'f32_error', text);
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new DataError(file, 8, 'the metadata\'s "f32_error" is not an object');
  }
  for (const [name, error] of Object.entries(json)) {
    if (typeof error !== 'number' || !(error >= 0)) throw new DataError(file, 8, `f32_error of ${name} is ${error}`);
    errors.set(name, error);
  }
  return errors;
}
