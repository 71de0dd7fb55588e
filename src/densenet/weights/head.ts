// What follows the trunk: the classifier, one Linear (or 1x1 convolution) over the trunk's features whatever it is called
// (`classifier`, `fc`, `head.fc`, `classifier.0` of a Sequential with a Sigmoid); what its classes are called, whether an
// image has one or several of them, and from which probability on each counts as present. A head of several layers is
// refused: leaving layers out would give meaningless results.

import type { SafetensorsFile } from '../../data/safetensors.ts';
import type { AnyTensor } from '../../data/tensor.ts';
import { float32Tensor, type Shapes, type Tensor, toFloat32 } from '../../data/tensor.ts';
import { ConfigError, DataError, WeightsError } from '../../runtime/errors.ts';
import { printable } from '../../runtime/printable.ts';
import { createRandom } from '../../runtime/random.ts';
import { type DenseNetConfig, MOST_CLASSES } from '../config.ts';
import { stemOf } from '../stems.ts';
import type { CheckpointDetails } from '../train/checkpoint.ts';
import { featuresFromShapes } from './architecture.ts';
import { readClassNames } from './class-names.ts';
import type { ImportedNetwork, ImportOptions } from './import-options.ts';
import type { RecognisedNames } from './names.ts';
import type { Source } from './report.ts';
import type { ModelConfig } from './sidecar-files.ts';

export interface FoundClassifier {
  /** The file's names. */
  readonly weight: string;
  /** Undefined: it has none, which is a bias of zeros. */
  readonly bias: string | undefined;
}

export interface CanonicalTensors {
  /** By torchvision's names, the classifier among them: the file's, or a new one. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Of these, and of those of a dtype that is not supported. */
  readonly shapes: ReadonlyMap<string, AnyTensor>;
  /** Undefined: a new one is among the tensors. */
  readonly classifier: FoundClassifier | undefined;
}

/** @throws WeightsError where there is no classifier and none was asked for, and as `findClassifier` */
export function canonicalTensors(
  contents: SafetensorsFile,
  names: RecognisedNames,
  { newClassifier }: Pick<ImportOptions, 'newClassifier'>,
  file: string,
): CanonicalTensors {
  const all = new Map<string, AnyTensor>([...contents.tensors, ...contents.unsupported]);
  const tensors = new Map<string, Tensor>();
  const shapes = new Map<string, AnyTensor>();
  const put = (name: string, tensor: Tensor) => {
    tensors.set(name, tensor);
    shapes.set(name, tensor);
  };
  const take = (name: string, own: string) => {
    const tensor = contents.tensors.get(own);
    const any = all.get(own);
    // Its other sizes would be believed below, with no byte behind them.
    if (any?.shape.includes(0)) {
      const what = `${own}: [${any.shape}]`;
      throw new WeightsError(file, `${what} has no elements: a size is 0`, { misshapen: [what] });
    }
    if (tensor) put(name, tensor);
    else if (any) shapes.set(name, any);
  };
  for (const [name, own] of names.trunk) take(name, own);
  const features = featuresFromShapes(shapes);
  const classifier = findClassifier(all, names.outside, { prefix: names.prefix, features, file });
  if (classifier) {
    take('classifier.weight', classifier.weight);
    if (classifier.bias !== undefined) take('classifier.bias', classifier.bias);
    const [classes = 0, inputs = 0] = shapes.get('classifier.weight')?.shape ?? [];
    const weight = tensors.get('classifier.weight');
    if (weight) put('classifier.weight', { ...weight, shape: [classes, inputs] });
    if (classifier.bias === undefined) put('classifier.bias', float32Tensor([classes], new Float32Array(classes)));
  } else if (newClassifier) {
    const { classes, seed = 0 } = newClassifier;
    for (const [name, tensor] of initialClassifier(features, classes, seed)) put(name, tensor);
  } else if (features > 0) {
    const { outside } = names;
    const others = outside.length > 0 ? ` (outside the trunk: ${outside.slice(0, 8).join(', ')})` : '';
    throw new WeightsError(
      file,
      `has no classifier: no linear layer takes its ${features} features${others}. Ask for a new one, to be trained ` +
        '(`newClassifier`; densenet train --checkpoint makes it for the classes of its data)',
      { missing: [`${names.prefix}classifier.weight`], unknown: outside },
    );
  }
  return { tensors, shapes, classifier };
}

/** PyTorch's own initialisation of a Linear layer's weight, and zeros for its bias. @throws ConfigError */
function initialClassifier(features: number, classes: number, seed: number): Map<string, Tensor> {
  if (!Number.isInteger(classes) || classes < 1 || classes > MOST_CLASSES) {
    throw new ConfigError('newClassifier.classes', classes, `must be a whole number from 1 to ${MOST_CLASSES}`);
  }
  const random = createRandom(seed, 0);
  const bound = 1 / Math.sqrt(Math.max(features, 1));
  const weight = Float32Array.from({ length: classes * features }, () => (2 * random.uniform() - 1) * bound);
  return new Map([
    ['classifier.weight', float32Tensor([classes, features], weight)],
    ['classifier.bias', float32Tensor([classes], new Float32Array(classes))],
  ]);
}

/**
 * @param outside the file's names of what is not the trunk
 * @param prefix what comes before the trunk in the file's names
 * @param features channels after the last block
 * @returns undefined where nothing outside the trunk is a classifier
 * @throws WeightsError where several are, or its head has more layers than one
 */
function findClassifier(
  tensors: Shapes,
  outside: readonly string[],
  { prefix, features, file }: { readonly prefix: string; readonly features: number; readonly file: string },
): FoundClassifier | undefined {
  const takesFeatures = (name: string) => {
    const [, inputs, ...kernel] = tensors.get(name)?.shape ?? [];
    const isLinear = kernel.length === 0 || (kernel.length === 2 && kernel.every((n) => n === 1));
    return inputs === features && features > 0 && isLinear;
  };
  const candidates = outside.filter((name) => /(^|\.)weight$/.test(name) && takesFeatures(name));
  const weight = pickCandidate(candidates, prefix, file);
  if (weight === undefined) return undefined;
  const head = weight.slice(0, -'weight'.length);
  const bias = outside.includes(`${head}bias`) ? `${head}bias` : undefined;
  refuseMoreLayers(outside, { weight, bias }, prefix, file);
  return { weight, bias };
}

function pickCandidate(candidates: readonly string[], prefix: string, file: string): string | undefined {
  const usual = candidates.find((name) => name === `${prefix}classifier.weight`);
  const [first, ...others] = candidates;
  if (usual !== undefined || others.length === 0) return usual ?? first;
  throw new WeightsError(
    file,
    `${candidates.length} tensors could be the classifier: ${candidates.join(', ')}; leave out those that are not ` +
      '(`ignore`; --ignore NAME on the command line)',
  );
}

/** All of a head is in one module: whatever else is in it belongs to a computation that is not supported. */
function refuseMoreLayers(outside: readonly string[], found: FoundClassifier, prefix: string, file: string): void {
  const module = headModule(found.weight, prefix);
  const own: readonly (string | undefined)[] = [found.weight, found.bias];
  const others = outside.filter((name) => module !== '' && name.startsWith(module) && !own.includes(name));
  if (others.length === 0) return;
  throw new WeightsError(
    file,
    `its head ${module.slice(0, -1)} has more than one linear layer (besides ${found.weight}: ${others.join(', ')}); only ` +
      'a single one after global average pooling is supported. To leave the others out knowingly: `ignore` (--ignore NAME ' +
      'on the command line)',
    { unknown: others, unsupported: others },
  );
}

/** `a.head.` of `a.head.fc.weight`, where the trunk is under `a.`: the first part that is the head's alone. */
function headModule(weight: string, prefix: string): string {
  const trunk = prefix.split('.');
  const parts = weight.split('.').slice(0, -1);
  const own = parts.findIndex((part, i) => part !== trunk[i]);
  return own < 0 ? '' : `${parts.slice(0, own + 1).join('.')}.`;
}

/** The findings of torchxrayvision's DenseNets for chest X-rays, in its order. */
export const CHEST_X_RAY_LABELS: readonly string[] = [
  'Atelectasis',
  'Consolidation',
  'Infiltration',
  'Pneumothorax',
  'Edema',
  'Emphysema',
  'Fibrosis',
  'Effusion',
  'Pneumonia',
  'Pleural_Thickening',
  'Cardiomegaly',
  'Nodule',
  'Mass',
  'Hernia',
  'Lung Lesion',
  'Fracture',
  'Lung Opacity',
  'Enlarged Cardiomediastinum',
];

/** torchxrayvision's networks have one channel and 18 findings; nothing else that is known has. */
export const isChestXRay = ({ inputChannels, classes }: { inputChannels: number; classes: number }): boolean =>
  inputChannels === 1 && classes === CHEST_X_RAY_LABELS.length;

interface NameOptions extends Pick<ImportOptions, 'labels' | 'newClassifier'> {
  /** What a file of another program lists. */
  readonly listed: readonly string[] | undefined;
}

/** @throws DataError for a file of names that is damaged or names another number of classes */
export function classNamesOf(
  config: DenseNetConfig,
  details: CheckpointDetails | undefined,
  sidecar: ModelConfig | undefined,
  { labels, newClassifier, listed }: NameOptions,
): { readonly names: readonly string[] | undefined; readonly source: Source } {
  if (labels) {
    const names = readClassNames(labels, config.classes);
    if (names.length === config.classes) return { names, source: 'labels' };
    const first = names.slice(0, 3).map((name) => JSON.stringify(name.slice(0, 40)));
    const shown = `${first.join(', ')}${names.length > 3 ? ' …' : ''}`;
    const problem = `names ${names.length} classes (${shown}), but the network has ${config.classes}`;
    throw new DataError(labels.name, 0, problem);
  }
  // A new classifier's outputs are none of the old ones.
  if (!newClassifier && details?.classNames?.length === config.classes)
    return { names: details.classNames, source: 'metadata' };
  if (sidecar?.classNames?.length === config.classes) return { names: sidecar.classNames, source: 'config' };
  if (!newClassifier && listed?.length === config.classes && listed.every(isPrintableName))
    return { names: listed.map((name, label) => (name === '' ? `(${label})` : name)), source: 'metadata' };
  if (!newClassifier && isChestXRay(config)) return { names: CHEST_X_RAY_LABELS, source: 'torchxrayvision' };
  return { names: undefined, source: 'none' };
}

const isPrintableName = (name: string) => name.length <= 200 && printable(name) === name;

export function multiLabelOf(
  config: DenseNetConfig,
  details: CheckpointDetails | undefined,
  sidecar: ModelConfig | undefined,
  {
    multiLabel,
    newClassifier,
    listed,
  }: Pick<ImportOptions, 'multiLabel' | 'newClassifier'> & { readonly listed: boolean | undefined },
): { readonly multiLabel: boolean; readonly source: Source } {
  if (multiLabel !== undefined) return { multiLabel, source: 'chosen' };
  if (sidecar?.multiLabel !== undefined) return { multiLabel: sidecar.multiLabel, source: 'config' };
  if (details?.multiLabel !== undefined) return { multiLabel: details.multiLabel, source: 'metadata' };
  if (!newClassifier && listed !== undefined) return { multiLabel: listed, source: 'metadata' };
  if (!newClassifier && isChestXRay(config)) return { multiLabel: true, source: 'torchxrayvision' };
  return { multiLabel: config.classes === 1, source: 'assumed' };
}

/** torchxrayvision's buffer of thresholds: the probability from which on each finding counts as present. */
const THRESHOLDS = /(^|\.)op_threshs$/;

/**
 * The file's thresholds, one per class; one that is not between 0 and 1 is 0.5.
 * @returns undefined where the file has none, or another number of them
 */
export function thresholdsOf(
  tensors: ReadonlyMap<string, Tensor>,
  classes: number,
): { readonly name: string; readonly thresholds: readonly number[] } | undefined {
  const name = [...tensors.keys()].find((own) => THRESHOLDS.test(own));
  const tensor = name === undefined ? undefined : tensors.get(name);
  if (name === undefined || !tensor || tensor.shape.length !== 1 || tensor.shape[0] !== classes) return undefined;
  return { name, thresholds: Array.from(toFloat32(tensor), (value) => (value > 0 && value < 1 ? value : 0.5)) };
}

/**
 * ImageNet's class names for a network that has as many classes, takes colour images and names none; others unchanged.
 * @param imagenet the 1000 names
 */
export function withImagenetNames<Network extends Pick<ImportedNetwork, 'config' | 'classNames' | 'report'>>(
  network: Network,
  imagenet: readonly string[],
): Network {
  if (!lacksImagenetNames(network) || imagenet.length !== network.config.classes) return network;
  const { report } = network;
  return {
    ...network,
    classNames: imagenet,
    report: { ...report, sources: { ...report.sources, classNames: 'imagenet' } },
  };
}

export const lacksImagenetNames = ({ config, classNames }: Pick<ImportedNetwork, 'config' | 'classNames'>): boolean =>
  classNames === undefined &&
  config.classes === 1000 &&
  config.inputChannels === 3 &&
  stemOf(config.stem).dataset === 'imagenet';
