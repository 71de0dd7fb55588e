// TensorFlow.js's layers models: model.json, which describes the model and lists its variables, and files of their numbers beside it,
// one after another in that order; perhaps quantized to 8 or 16 bits. Also all of them in a zip.

import { isJsonObject, type JsonObjectValue, type JsonValue, parseJson } from '../../../data/json.ts';
import { type AnyTensor, DTYPE_BYTES, float32Tensor, toFloat32 } from '../../../data/tensor.ts';
import { refuseOverlaps, zipEntries, zipReader } from '../../../data/unzip.ts';
import { decodeUtf8 } from '../../../data/utf8.ts';
import { DataError, WeightsError } from '../../../runtime/errors.ts';
import { printableName } from '../../../runtime/printable.ts';
import type { WeightsContents } from '../contents.ts';
import { kerasContents } from './contents.ts';
import type { KerasLayer } from './layers.ts';
import { readTopology } from './topology.ts';

/** Bytes by file name. */
export type Files = ReadonlyMap<string, Uint8Array>;

/** @throws DataError, WeightsError */
export function readTfjs(bytes: Uint8Array, file: string, files: Files): WeightsContents {
  const json = jsonOf(bytes, file);
  const { modelTopology: topology, format } = json;
  if (format === 'graph-model' || (isJsonObject(topology) && 'node' in topology)) {
    throw new WeightsError(
      file,
      'is a TensorFlow.js graph model, whose batch norms are folded into convolutions, which cannot be undone: convert the Keras ' +
        'model with tensorflowjs_converter --output_format=tfjs_layers_model, or give the .keras or .h5',
    );
  }
  const model = isJsonObject(topology) ? (topology.model_config ?? topology) : undefined;
  const groups = manifestOf(json, file);
  const layers = new Map<string, Map<string, AnyTensor>>();
  for (const group of groups) readGroup(group, files, layers, file);
  return kerasContents(
    {
      format: 'tfjs',
      layers: [...layers].map(([name, variables]) => ({ name, variables }) satisfies KerasLayer),
      topology: readTopology(model, file),
      passedOver: [],
    },
    file,
  );
}

/** @throws DataError where the zip has no model.json, or several */
export function readTfjsZip(bytes: Uint8Array, file: string): WeightsContents {
  const entries = zipEntries(bytes, file).filter(({ name }) => !name.endsWith('/'));
  const models = entries.filter(({ name }) => /(^|\/)model\.json$/.test(name));
  const [model] = models;
  if (!model || models.length > 1) {
    const found = entries.slice(0, 4).map(({ name }) => printableName(name));
    const problem = model
      ? 'several models (model.json)'
      : `no model (model.json), but ${found.join(', ') || 'nothing'}`;
    throw new DataError(
      file,
      model?.at ?? 0,
      `is a zip that holds ${problem}; unpack it, and give the file of the weights`,
    );
  }
  refuseOverlaps(bytes, entries, file);
  const folder = model.name.slice(0, -'model.json'.length);
  const read = zipReader(bytes, file);
  const json = read(model);
  const wanted = new Set(shardNames(json, file));
  const shards = entries.flatMap((entry) => {
    const name = entry.name.startsWith(folder) ? entry.name.slice(folder.length) : undefined;
    return name !== undefined && wanted.has(name) ? [[name, read(entry)] as const] : [];
  });
  return readTfjs(json, file, new Map(shards));
}

/** The names of the files that belong to a model.json. @throws DataError where one is elsewhere than beside it */
export function shardNames(bytes: Uint8Array, file: string): readonly string[] {
  return manifestOf(jsonOf(bytes, file), file).flatMap(({ paths }) => paths);
}

function jsonOf(bytes: Uint8Array, file: string): JsonObjectValue {
  const decoded = decodeUtf8(bytes);
  if (!('text' in decoded)) throw new DataError(file, decoded.invalidAt, 'is not UTF-8');
  const json = parseJson(decoded.text, file);
  if (!isJsonObject(json)) throw new DataError(file, 0, 'is not a TensorFlow.js model: no JSON object');
  return json;
}

interface Group {
  readonly paths: readonly string[];
  readonly weights: readonly JsonObjectValue[];
}

const SAFE_NAME = /^[^/\\:]{1,255}$/;

function manifestOf(json: JsonObjectValue, file: string): readonly Group[] {
  const { weightsManifest: manifest } = json;
  if (!Array.isArray(manifest))
    throw new DataError(file, 0, 'has no weightsManifest: it describes a model without weights');
  return manifest.map((group: JsonValue) => {
    const { paths, weights } = isJsonObject(group) ? group : {};
    if (!Array.isArray(paths) || !Array.isArray(weights) || !weights.every(isJsonObject))
      throw new DataError(file, 0, 'its weightsManifest has a group without paths or weights');
    const names = paths.map((path) => {
      if (typeof path === 'string' && SAFE_NAME.test(path) && path !== '..') return path;
      throw new DataError(
        file,
        0,
        `its weights must lie beside it, not at ${printableName(String(path)).slice(0, 80)}`,
      );
    });
    return { paths: names, weights };
  });
}

function readGroup(
  { paths, weights }: Group,
  files: Files,
  layers: Map<string, Map<string, AnyTensor>>,
  file: string,
): void {
  const missing = paths.filter((path) => !files.has(path));
  if (missing.length > 0) {
    const shown = missing.slice(0, 4).map(printableName).join(', ');
    throw new DataError(
      file,
      0,
      `is a TensorFlow.js model whose weights lie in files of their own, which are missing: ${shown}` +
        `${missing.length > 4 ? ` and ${missing.length - 4} more` : ''}; give them with it, or all in a zip`,
    );
  }
  const parts = paths.map((path) => files.get(path) ?? new Uint8Array());
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  for (const part of parts) {
    all.set(part, end);
    end += part.length;
  }
  let at = 0;
  for (const weight of weights) {
    const { name, tensor, size } = readWeight(weight, all, at, file);
    at += size;
    const place = name.lastIndexOf('/');
    const owner = name.slice(0, Math.max(0, place));
    const own = layers.get(owner) ?? new Map<string, AnyTensor>();
    layers.set(owner, own.set(name.slice(place + 1).replace(/:\d+$/, ''), tensor));
  }
  if (at !== all.length)
    throw new DataError(file, 0, `its weights are ${at} bytes, but ${paths.join(', ')} have ${all.length}`);
}

const DTYPES: Readonly<Record<string, keyof typeof DTYPE_BYTES>> = {
  float32: 'F32',
  int32: 'I32',
  bool: 'BOOL',
  uint8: 'U8',
  float16: 'F16',
};
/** Of what quantized numbers are stored as. */
const QUANTIZED: Readonly<Record<string, number>> = { uint8: 1, uint16: 2, float16: 2 };

function readWeight(weight: JsonObjectValue, all: Uint8Array, at: number, file: string) {
  const { name, shape, dtype, quantization } = weight;
  const fail = (problem: string) => {
    throw new DataError(file, 0, `the weight ${printableName(String(name)).slice(0, 80)} ${problem}`);
  };
  if (typeof name !== 'string' || !Array.isArray(shape)) return fail('has no name or no shape');
  const sizes = shape.map((size) => (typeof size === 'number' && Number.isSafeInteger(size) && size >= 0 ? size : -1));
  const count = sizes.reduce((product, size) => product * size, 1);
  if (sizes.includes(-1) || !Number.isSafeInteger(count)) return fail('has a shape that is none');
  const own = DTYPES[String(dtype)];
  if (own === undefined) return fail(`is of the type ${printableName(String(dtype)).slice(0, 40)}, which is not read`);
  const how = isJsonObject(quantization) ? quantization : undefined;
  const each = how ? QUANTIZED[String(how.dtype)] : DTYPE_BYTES[own];
  if (each === undefined)
    return fail(`is quantized as ${printableName(String(how?.dtype)).slice(0, 40)}, which is not read`);
  if (at + count * each > all.length) return fail('goes beyond the bytes that are there: is a file cut off?');
  const bytes = all.slice(at, at + count * each);
  const size = bytes.length;
  if (!how) return { name, size, tensor: { dtype: own, shape: sizes, bytes } };
  if (own !== 'F32') return fail('is quantized, but not of float32');
  if (how.dtype === 'float16')
    return { name, size, tensor: float32Tensor(sizes, toFloat32({ dtype: 'F16', shape: sizes, bytes })) };
  const { scale, min } = how;
  if (typeof scale !== 'number' || typeof min !== 'number') return fail('is quantized without scale and min');
  const stored = each === 1 ? bytes : new Uint16Array(bytes.buffer);
  return {
    name,
    size,
    tensor: float32Tensor(
      sizes,
      Float32Array.from(stored, (value) => value * scale + min),
    ),
  };
}
