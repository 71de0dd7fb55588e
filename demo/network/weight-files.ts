// What visitors give for a network: one file of weights, and beside it perhaps a config.json and class names. Told apart
// by name and content; of a whole folder only what belongs to the weights is taken.

import { type FileKind, fileKind, otherKind } from '../../src/data/file-kind.ts';
import { isJsonObject, parseJson } from '../../src/data/json.ts';
import { readTextFile } from '../../src/data/text-file.ts';
import { isModelConfig } from '../../src/densenet/weights/sidecar-files.ts';
import { DataError } from '../../src/runtime/errors.ts';
import type { SideText } from '../contract.ts';

export interface WeightFiles {
  readonly weights: File;
  readonly config?: SideText;
  readonly labels?: SideText;
}

/** What files of weights are called, of formats that are read or not: a sentence says what to do. */
const OTHER_WEIGHTS = /\.(bin|ckpt|tar|pkl|h5|hdf5|pb|tflite|npz|msgpack)$/i;
const WEIGHTS = /\.(safetensors|pth|pt|onnx|keras)(\.gz)?$/i;
const READ_KINDS: readonly FileKind[] = [
  'safetensors',
  'torch-zip',
  'pickle',
  'onnx',
  'hdf5',
  'keras',
  'tfjs',
  'tfjs-zip',
];
/** What a file button offers, beside the files that lie with weights. */
export const WEIGHT_EXTENSIONS = '.safetensors,.pth,.pt,.bin,.ckpt,.tar,.pkl,.onnx,.h5,.hdf5,.keras,.zip';
const SIDE = /\.(json|txt|csv|tsv)$/i;
/** Class names of the largest data sets take less. */
const MOST_SIDE_BYTES = 8_000_000;

/** Whether a file is for this panel, where files of all kinds are dropped together. */
export const isWeightFile = ({ name }: { readonly name: string }): boolean =>
  WEIGHTS.test(name) || OTHER_WEIGHTS.test(name);

export const isSideFile = ({ name }: { readonly name: string }): boolean => SIDE.test(name);

/** What is read to tell what a file is: a zip has its directory at the end. */
const SNIFFED_BYTES = 1 << 16;

async function sniffed(file: File): Promise<Uint8Array> {
  const rest = file.slice(Math.max(SNIFFED_BYTES, file.size - SNIFFED_BYTES));
  return new Uint8Array(await new Blob([file.slice(0, SNIFFED_BYTES), rest]).arrayBuffer());
}

/** @throws DataError for no weights, several, or weights in another format, saying what they are and how to convert them */
export async function sortWeightFiles(files: readonly File[]): Promise<WeightFiles> {
  const kinds = new Map(await Promise.all(files.map(async (file) => [file, fileKind(await sniffed(file))] as const)));
  // What a file is counts, whatever it is called; what is called weights and is none says what it is when it is read.
  const isWeights = (file: File) => WEIGHTS.test(file.name) || READ_KINDS.some((kind) => kind === kinds.get(file));
  const all = files.filter(isWeights);
  // Hubs have the same weights in both formats, and what else a training saved: safetensors are nothing but weights.
  const safe = all.filter((file) => kinds.get(file) === 'safetensors');
  const [weights, ...more] = safe.length === 1 ? safe : all;
  if (!weights) {
    const other =
      files.find(({ name }) => OTHER_WEIGHTS.test(name)) ?? files.find((file) => kinds.get(file) === 'index');
    const first = other ?? files.find((file) => !isSideFile(file)) ?? files[0];
    const problem = first && otherKind(new Uint8Array(await first.slice(0, 1 << 20).arrayBuffer()), 'weights');
    throw new DataError(
      first?.name ?? 'nothing',
      0,
      problem ?? 'is not weights of a format that is read, and no other file that was given is',
    );
  }
  if (more.length > 0) {
    throw new DataError(weights.name, 0, `came with ${more.length} more files of weights; give one network at a time`);
  }
  const beside = await sortSideFiles(files.filter((file) => !['index', 'tfjs'].includes(kinds.get(file) ?? '')));
  return { weights: kinds.get(weights) === 'tfjs' ? await zipOf(weights, files) : weights, ...beside };
}

/** A TensorFlow.js model and the files beside it that it names, as one. */
async function zipOf(model: File, files: readonly File[]): Promise<File> {
  const { writeStoredZip } = await import('../../src/data/stored-zip.ts');
  const text = await model.text();
  const parts = files.filter((file) => file !== model && text.includes(JSON.stringify(file.name)));
  const entries = [model, ...parts].map(async (file) => ({
    name: file === model ? 'model.json' : file.name,
    bytes: new Uint8Array(await file.arrayBuffer()),
  }));
  return new File([writeStoredZip(await Promise.all(entries), 'give a smaller one')], `${model.name}.zip`);
}

/** config.json and class names; of several the one whose name says it. Hugging Face's two configurations become one. */
export async function sortSideFiles(files: readonly File[]): Promise<Omit<WeightFiles, 'weights'>> {
  let config: SideText | undefined;
  let labels: SideText | undefined;
  let processor: SideText | undefined;
  for (const file of files.filter(isSideFile)) {
    if (file.size > MOST_SIDE_BYTES) continue;
    const { name, text } = readTextFile(new Uint8Array(await file.arrayBuffer()), file.name);
    const side = { name, text };
    if (isModelConfig(side)) {
      if (name === 'preprocessor_config.json') processor = side;
      else config = name === 'config.json' ? side : (config ?? side);
    } else if (!labels || /label|class|name/i.test(name)) labels = /readme|licen[cs]e/i.test(name) ? labels : side;
  }
  const both = config && processor ? joined(config, processor) : (config ?? processor);
  return { ...(both && { config: both }), ...(labels && { labels }) };
}

const keysOf = ({ name, text }: SideText) => {
  const found = parseJson(text, name);
  return isJsonObject(found) ? found : {};
};

const joined = (config: SideText, processor: SideText): SideText => ({
  name: `${config.name} and ${processor.name}`,
  text: JSON.stringify({ ...keysOf(config), ...keysOf(processor) }),
});
