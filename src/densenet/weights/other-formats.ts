// The readers of weights in other formats than safetensors: loaded with the first such file, so that nobody else carries them.

import type { FileKind } from '../../data/file-kind.ts';
import type { WeightsContents } from './contents.ts';
import { readOnnx } from './onnx/read-onnx.ts';
import { readPyTorch } from './pytorch/read-pytorch.ts';

/** @throws as the reader of the format */
export const readOtherFormat = (
  bytes: Uint8Array,
  file: string,
  kind: Extract<FileKind, 'torch-zip' | 'pickle' | 'onnx'>,
): WeightsContents => (kind === 'onnx' ? readOnnx(bytes, file) : readPyTorch(bytes, file));
