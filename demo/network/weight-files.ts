// What visitors give for a network: one file of weights, and beside it perhaps a config.json and class names. Told apart
// by name and content; of a whole folder only what belongs to the weights is taken.

import { fileKind, otherKind } from '../../src/data/file-kind.ts';
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

/** Files that hold weights in formats that are not read: their names, for a sentence that says what to do. */
const OTHER_WEIGHTS = /\.(pth|pt|bin|ckpt|tar|h5|hdf5|keras|onnx|pb|tflite|npz|pkl|msgpack)$/i;
const WEIGHTS = /\.safetensors(\.gz)?$/i;
const SIDE = /\.(json|txt|csv|tsv)$/i;
/** Class names of the largest data sets take less. */
const MOST_SIDE_BYTES = 8_000_000;

/** Whether a file is for this panel, where files of all kinds are dropped together. */
export const isWeightFile = ({ name }: { readonly name: string }): boolean =>
  WEIGHTS.test(name) || OTHER_WEIGHTS.test(name);

export const isSideFile = ({ name }: { readonly name: string }): boolean => SIDE.test(name);

/** What is read to tell what a file is. */
const FIRST_BYTES = 1 << 16;
const kindOf = async (file: File) => fileKind(new Uint8Array(await file.slice(0, FIRST_BYTES).arrayBuffer()));

/** @throws DataError for no weights, several, or weights in another format, saying what they are and how to convert them */
export async function sortWeightFiles(files: readonly File[]): Promise<WeightFiles> {
  const kinds = new Map(await Promise.all(files.map(async (file) => [file, await kindOf(file)] as const)));
  // What a file is counts, whatever it is called; what is called weights and is none says what it is when it is read.
  const isWeights = (file: File) => WEIGHTS.test(file.name) || kinds.get(file) === 'safetensors';
  const [weights, ...more] = files.filter(isWeights);
  if (!weights) {
    const other =
      files.find(({ name }) => OTHER_WEIGHTS.test(name)) ?? files.find((file) => kinds.get(file) === 'index');
    const first = other ?? files.find((file) => !isSideFile(file)) ?? files[0];
    const problem = first && otherKind(new Uint8Array(await first.slice(0, 1 << 20).arrayBuffer()), 'weights');
    throw new DataError(
      first?.name ?? 'nothing',
      0,
      problem ?? 'is not weights as safetensors, and no other file that was given is',
    );
  }
  if (more.length > 0) {
    throw new DataError(weights.name, 0, `came with ${more.length} more files of weights; give one network at a time`);
  }
  return { weights, ...(await sortSideFiles(files.filter((file) => kinds.get(file) !== 'index'))) };
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
