// The readers of weights in other formats than safetensors: loaded with the first such file, so that nobody else carries them.

import type { FileKind } from '../../data/file-kind.ts';
import { DataError } from '../../runtime/errors.ts';
import type { WeightsContents } from './contents.ts';
import { readKerasH5 } from './keras/read-h5.ts';
import { readKerasZip } from './keras/read-keras-zip.ts';
import { type Files, readTfjs, readTfjsZip } from './keras/read-tfjs.ts';
import { readOnnx } from './onnx/read-onnx.ts';
import { readPyTorch } from './pytorch/read-pytorch.ts';

type Reader = (bytes: Uint8Array, file: string, files: Files) => WeightsContents;

const READERS: Partial<Record<FileKind, Reader>> = {
  'torch-zip': readPyTorch,
  pickle: readPyTorch,
  onnx: readOnnx,
  hdf5: readKerasH5,
  keras: readKerasZip,
  tfjs: readTfjs,
  'tfjs-zip': readTfjsZip,
};

/**
 * @param files those that were given with it, by name: a TensorFlow.js model's weights lie in them
 * @throws DataError for a kind that is no format of weights; else as the reader of the format
 */
export function readOtherFormat(bytes: Uint8Array, file: string, kind: FileKind, files: Files): WeightsContents {
  const read = READERS[kind];
  if (!read) throw new DataError(file, 0, 'is in no format that weights are read from');
  return read(bytes, file, files);
}
