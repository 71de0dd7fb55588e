// The tensors of a file under our names, its classifier among them: found, or made where one was asked for.

import type { SafetensorsFile } from '../../data/safetensors.ts';
import type { Tensor } from '../../data/tensor.ts';
import { ConfigError, WeightsError } from '../../runtime/errors.ts';
import { MOST_CLASSES } from '../config.ts';
import { featuresFromShapes } from './architecture.ts';
import { type FoundClassifier, findClassifier } from './classifier.ts';
import type { ImportOptions } from './import-options.ts';
import type { RecognisedNames } from './names.ts';
import { initialClassifier } from './new-classifier.ts';
import type { AnyTensor } from './unused.ts';

export interface Canonical {
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Of these, and of those that are of a type that is not read. */
  readonly shapes: ReadonlyMap<string, AnyTensor>;
  /** Undefined: a fresh one stands among the tensors. */
  readonly classifier: FoundClassifier | undefined;
}

/** @throws WeightsError where there is no classifier and none was asked for, and as `findClassifier` */
export function canonicalTensors(
  contents: SafetensorsFile,
  names: RecognisedNames,
  { newClassifier }: ImportOptions,
  file: string,
): Canonical {
  const all = new Map<string, AnyTensor>([...contents.tensors, ...contents.unread]);
  const tensors = new Map<string, Tensor>();
  const shapes = new Map<string, AnyTensor>();
  const put = (name: string, tensor: Tensor) => {
    tensors.set(name, tensor);
    shapes.set(name, tensor);
  };
  const take = (name: string, own: string | undefined) => {
    const tensor = own === undefined ? undefined : contents.tensors.get(own);
    const any = own === undefined ? undefined : all.get(own);
    // Its sizes would be believed below, and no byte stands behind them.
    if (any?.shape.includes(0)) {
      const what = `${own}: [${any.shape}]`;
      throw new WeightsError(file, `${what} has no element: a size of 0`, { misshapen: [what] });
    }
    if (tensor) put(name, tensor);
    else if (any) shapes.set(name, any);
  };
  for (const [name, own] of names.trunk) take(name, own);
  const features = featuresFromShapes(shapes);
  const classifier = findClassifier(all, names.outside, { prefix: names.prefix, features, file });
  if (classifier) {
    take('classifier.weight', classifier.weight);
    take('classifier.bias', classifier.bias);
    const [classes = 0, inputs = 0] = shapes.get('classifier.weight')?.shape ?? [];
    const weight = tensors.get('classifier.weight');
    if (weight) put('classifier.weight', { ...weight, shape: [classes, inputs] });
    if (classifier.bias === undefined) {
      put('classifier.bias', { dtype: 'F32', shape: [classes], bytes: new Uint8Array(4 * classes) });
    }
    return { tensors, shapes, classifier };
  }
  if (newClassifier) {
    const { classes } = newClassifier;
    if (!Number.isInteger(classes) || classes < 1 || classes > MOST_CLASSES) {
      throw new ConfigError('fresh.classes', classes, `must be a whole number from 1 to ${MOST_CLASSES}`);
    }
    for (const [name, tensor] of initialClassifier(features, newClassifier.classes, newClassifier.seed ?? 0))
      put(name, tensor);
  } else if (features > 0) {
    const rest =
      names.outside.length > 0 ? ` (beside the features there are: ${names.outside.slice(0, 8).join(', ')})` : '';
    throw new WeightsError(
      file,
      `has no classifier: no linear layer reads its ${features} features${rest}. Ask for a fresh one with a number of ` +
        'classes, to be trained (densenet train --checkpoint makes it for the classes of its data)',
      { missing: [`${names.prefix}classifier.weight`], unknown: names.outside },
    );
  }
  return { tensors, shapes, classifier: undefined };
}
