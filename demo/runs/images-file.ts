// Labelled images as a file, so that a run finds the very images again with which it began: safetensors with the tensors
// `pixels`, U8 [count][channels][height][width], and `labels`, I32 [count]; the classes in the metadata. Pure.

import type { LabelledImages } from '../../src/data/idx.ts';
import { readSafetensors, safetensorsParts } from '../../src/data/safetensors.ts';
import { list, text } from '../../src/data/schema.ts';
import { int32Tensor, toInt32 } from '../../src/data/tensor.ts';
import { DataError } from '../../src/runtime/errors.ts';
import { readStored } from '../storage/stored-json.ts';

const CLASS_NAMES = list(text());

/** The file in parts; the pixels are not copied. */
export function imagesFileParts(images: LabelledImages): Uint8Array[] {
  const { count, channels, height, width, pixels, labels, classNames } = images;
  const tensors = new Map([
    ['pixels', { dtype: 'U8', shape: [count, channels, height, width], bytes: pixels }],
    ['labels', int32Tensor([count], labels)],
  ] as const);
  return safetensorsParts(tensors, { class_names: JSON.stringify(classNames) });
}

/** @throws DataError for a file that is damaged or something else */
export function readImagesFile(bytes: Uint8Array, file: string): LabelledImages {
  const { tensors, metadata } = readSafetensors(bytes, file);
  const [pixels, labels] = [tensors.get('pixels'), tensors.get('labels')];
  const [count = 0, channels = 0, height = 0, width = 0] = pixels?.shape ?? [];
  const whole = pixels?.dtype === 'U8' && pixels.shape.length === 4 && labels?.dtype === 'I32';
  if (!whole || labels.shape.length !== 1 || labels.shape[0] !== count) {
    throw new DataError(file, 0, 'does not hold images with their labels');
  }
  const classNames = readNames(metadata.class_names, file);
  const numbers = toInt32(labels, file);
  if (!numbers.every((label) => label >= 0 && label < classNames.length)) {
    throw new DataError(file, 0, `has labels of no class; there are ${classNames.length}`);
  }
  return { count, channels, height, width, pixels: pixels.bytes, labels: numbers, classNames };
}

function readNames(text: string | undefined, file: string): readonly string[] {
  const names = readStored(CLASS_NAMES, text);
  if (!names) throw new DataError(file, 0, 'does not name its classes');
  return names;
}
