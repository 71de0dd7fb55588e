// A classifier from a file of weights.

import type { ImportOptions } from '../densenet/weights/import-options.ts';
import type { Device } from '../runtime/device.ts';
import { Classifier } from '../training/classifier.ts';
import { readWhole } from './read-file.ts';

/**
 * `Classifier.load` of a safetensors file: one of ours, or any DenseNet's (torchvision, timm and others).
 * @throws ConfigError where it cannot be read; as `Classifier.load`
 */
export async function loadClassifier(device: Device, path: string, options: ImportOptions = {}): Promise<Classifier> {
  return Classifier.load(device, await readWhole(path), options, path);
}
