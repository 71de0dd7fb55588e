// What visitors give for a network: one file of weights, and beside it perhaps a config.json and class names. Told apart
// by name and content; of a whole folder only what belongs to the weights is taken.

import { isModelConfig } from '../../src/densenet/import/side-files.ts';
import { DataError } from '../../src/runtime/errors.ts';
import type { SideText } from '../engine/protocol.ts';

export interface WeightFiles {
  readonly weights: File;
  readonly config?: SideText;
  readonly labels?: SideText;
}

/** Files that hold weights in formats that are not read: their names, for a sentence that says what to do. */
const OTHER_WEIGHTS = /\.(pth|pt|bin|ckpt|tar|h5|hdf5|keras|onnx|pb|tflite|npz|pkl|msgpack)$/i;
const WEIGHTS = /\.safetensors$/i;
const SIDE = /\.(json|txt)$/i;
/** Class names of the largest data sets take less. */
const MOST_SIDE_BYTES = 8_000_000;

/** Whether a file is for this panel, where files of all kinds are dropped together. */
export const isWeightFile = ({ name }: { readonly name: string }): boolean =>
  WEIGHTS.test(name) || OTHER_WEIGHTS.test(name);

export const isSideFile = ({ name }: { readonly name: string }): boolean => SIDE.test(name);

/** @throws DataError for no weights, several, or weights in another format, saying how to convert them */
export async function sortWeightFiles(files: readonly File[]): Promise<WeightFiles> {
  const [weights, ...more] = files.filter(({ name }) => WEIGHTS.test(name));
  const other = files.find(({ name }) => OTHER_WEIGHTS.test(name));
  if (!weights && other) throw new DataError(other.name, 0, CONVERT);
  if (!weights) throw new DataError(files[0]?.name ?? 'nothing', 0, 'no .safetensors file is among what was given');
  if (more.length > 0) {
    throw new DataError(weights.name, 0, `came with ${more.length} more files of weights; give one network at a time`);
  }
  return { weights, ...(await sortSideFiles(files)) };
}

const CONVERT =
  'weights of this kind are not read, as such files can carry programs. In Python: from safetensors.torch import save_file; ' +
  'save_file(model.state_dict(), "model.safetensors")';

/** config.json and class names; of several the one whose name says it. */
export async function sortSideFiles(files: readonly File[]): Promise<Omit<WeightFiles, 'weights'>> {
  let config: SideText | undefined;
  let labels: SideText | undefined;
  for (const file of files.filter(isSideFile)) {
    if (file.size > MOST_SIDE_BYTES) continue;
    const side = { name: file.name, text: await file.text() };
    if (isModelConfig(side)) config = file.name === 'config.json' ? side : (config ?? side);
    else if (!labels || /label|class|name/i.test(file.name))
      labels = /readme|licen[cs]e/i.test(file.name) ? labels : side;
  }
  return { ...(config && { config }), ...(labels && { labels }) };
}
