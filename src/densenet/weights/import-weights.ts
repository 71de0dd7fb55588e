// A stranger's file of weights -> a network: names recognised, architecture read off the shapes, every tensor accounted
// for, pre-processing and class names from wherever they are said, and a report of all that. Pure; a file that does not fit
// is an error that names everything that is wrong with it, and nothing is half loaded.

import { parseJson } from '../../data/json.ts';
import type { Preprocessing } from '../../data/preprocess.ts';
import { readSafetensors, type SafetensorsFile } from '../../data/safetensors.ts';
import { type Tensor, toFloat32 } from '../../data/tensor.ts';
import { ConfigError, DataError, StateError, WeightsError } from '../../runtime/errors.ts';
import { checkOptions } from '../../runtime/options.ts';
import { checkConfig, type DenseNetConfig } from '../config.ts';
import { parseConfigJson } from '../config-json.ts';
import { buildNetwork, type Network } from '../network.ts';
import { PRESETS, type PresetName } from '../presets.ts';
import { checkTensorCount, type StateDict, type StateTensor, statePlaces, toArenas } from '../state-dict.ts';
import { type CheckpointDetails, readDetails, withoutOptimizer } from '../train/checkpoint.ts';
import { configFromShapes, featuresFromShapes, type Shapes } from './architecture.ts';
import { canonicalTensors } from './canonical.ts';
import type { FoundClassifier } from './classifier.ts';
import { checkFit, checkRead } from './fit.ts';
import { IMPORT_OPTIONS, type ImportOptions, ignoredNames } from './import-options.ts';
import { classNamesOf, multiLabelOf, sizeSource, thresholdsOf } from './labelling.ts';
import { recogniseNames } from './names.ts';
import { preprocessingOf } from './preprocessing.ts';
import type { ImportReport, Overridden } from './report.ts';
import { type ModelConfig, readModelConfig } from './sidecar-files.ts';
import { refuseUncomputed } from './unsupported.ts';
import { type AnyTensor, copyKey, mayMatter, refuseUnused } from './unused.ts';

/** A file of weights as a network: what `DenseNet.create` and `prepareImage` need. */
export interface ImportedNetwork {
  /** The architecture. */
  readonly config: DenseNetConfig;
  /** By torchvision's names, checked against the configuration. */
  readonly state: StateDict;
  /** How images become the network's input. */
  readonly preprocessing: Preprocessing;
  /** By label, one a class; undefined where nothing names them. */
  readonly classNames: readonly string[] | undefined;
  /** Each class has its own sigmoid, instead of one softmax over all. */
  readonly multiLabel: boolean;
  /** Where the file says so: the probability from which on each class counts as present. */
  readonly thresholds: readonly number[] | undefined;
  /** What was recognised and what was assumed. */
  readonly report: ImportReport;
  /** The file's own. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * @param bytes a safetensors file
 * @param file what errors call it
 * @throws ConfigError for options that are none; DataError where a file is damaged, holds values that are not finite, or metadata of ours that cannot be;
 * WeightsError where it is no DenseNet that this engine computes, naming every tensor that is missing or misshapen
 */
export function importWeights(bytes: Uint8Array, file: string, options: ImportOptions = {}): ImportedNetwork {
  checkOptions<ImportOptions>('options of importWeights', options, IMPORT_OPTIONS);
  const whole = withoutOptimizer(readSafetensors(bytes, file));
  const ignored = ignoredNames([...whole.tensors.keys(), ...whole.unread.keys()], options.ignore);
  const contents = without(whole, ignored);
  const all = new Map<string, AnyTensor>([...contents.tensors, ...contents.unread]);
  const beside = options.config && readModelConfig(options.config);
  const names = recogniseNames(all, file);
  refuseUncomputed(names, contents.tensors, all, beside, file);
  const { tensors, shapes, classifier } = canonicalTensors(contents, names, options, file);
  const described = ownConfig(contents);
  const newClassifier = classifier ? undefined : options.newClassifier;
  const shaped = described
    ? { ...described, ...(newClassifier && { classes: newClassifier.classes }) }
    : shapedConfig(shapes, file);
  const config = sizedConfig({ ...shaped, ...epsilonOf(contents, described, beside, options) }, beside, options, file);
  const network = networkOf(config, shapes.size, file);
  const parts = partsOf(network);
  const inside = [...shapes.keys()].filter((name) => !parts.has(name));
  const unknownInside = inside.map((name) => names.trunk.get(name) ?? name);
  const thresholds = thresholdsOf(contents.tensors, config.classes);
  const used = [classifier?.weight, classifier?.bias, thresholds?.name];
  const outside = names.outside.filter((name) => !used.includes(name));
  const unknown = [...unknownInside, ...outside, ...names.copies];
  const title = (name: string) => names.trunk.get(name) ?? classifierName(name, classifier) ?? `${names.prefix}${name}`;
  checkFit(network, shapes, { file, title, unknown: [...unknownInside, ...outside] });
  checkRead(network, shapes, tensors, { file, title });
  const own = [...shapes].filter(([name]) => parts.has(name));
  // As the file has them, and as they are called without a prefix.
  const place = {
    used: new Set(own.flatMap(([name, { shape }]) => [copyKey(title(name), shape), copyKey(name, shape)])),
  };
  const matter = [
    ...inside.map((name) => [names.trunk.get(name) ?? name, name] as const),
    ...outside.map((name) => [name, undefined] as const),
  ].filter(([name, canonical]) => {
    const tensor = all.get(name);
    return tensor && mayMatter(name, tensor, { ...place, inside: canonical });
  });
  refuseUnused(
    matter.map(([name]) => name),
    all,
    new Set(unknownInside),
    { classifier, features: featuresFromShapes(shapes), classes: config.classes },
    file,
  );
  const state = stateOf(network, tensors, file, bytes);
  const said = described ? details(contents, described, file) : undefined;
  const { preprocessing, source } = preprocessingOf(newClassifier ? { ...config, classes: 0 } : config, {
    own: said,
    beside,
  });
  const labelled = classNamesOf(config, said, beside, { ...options, newClassifier });
  const several = multiLabelOf(config, beside, { ...options, newClassifier });
  const overridden = overriddenBy(config, preprocessing, labelled.names, { described, said });
  const report: ImportReport = {
    checked: contents.checked,
    ...{
      file,
      scheme: names.scheme,
      prefix: names.prefix,
      model: presetOf(config),
      parameters: network.parameterCount,
    },
    tensors: state.size - (classifier?.bias === undefined ? 1 : 0) - (classifier ? 0 : 1),
    classifier: classifier?.weight ?? null,
    thresholds: thresholds?.name ?? null,
    bias: !classifier || classifier.bias !== undefined,
    ...{ unknown, unknownInside, ignored: [...ignored], overridden, converted: conversions(network, tensors) },
    sources: {
      inputSize: sizeSource(described, beside, options, config),
      preprocessing: source,
      classNames: labelled.source,
      multiLabel: several.source,
    },
  };
  return {
    ...{ config, state, preprocessing, report, metadata: contents.metadata },
    classNames: labelled.names,
    multiLabel: several.multiLabel,
    thresholds: thresholds?.thresholds,
  };
}

/** What the file's own metadata say, and what counts is something else. */
function overriddenBy(
  config: DenseNetConfig,
  preprocessing: Preprocessing,
  names: readonly string[] | undefined,
  { described, said }: { described: DenseNetConfig | undefined; said: CheckpointDetails | undefined },
): Overridden[] {
  if (!described || !said) return [];
  const differ = (a: unknown, b: unknown) => JSON.stringify(a) !== JSON.stringify(b);
  const { resize, interpolation, fit, fill, centre } = preprocessing;
  const was = said.resizing ?? {};
  const of = <T>(what: Overridden, otherwise: T) => (otherwise ? [what] : []);
  return [
    ...of('input size', config.height !== described.height || config.width !== described.width),
    ...of('mean', said.normalisation && differ(preprocessing.mean, said.normalisation.mean)),
    ...of('std', said.normalisation && differ(preprocessing.std, said.normalisation.std)),
    ...of(
      'resizing',
      said.normalisation &&
        differ(
          [resize, interpolation, fit, fill, centre],
          [was.resize, was.interpolation, was.fit, was.fill, was.centre],
        ),
    ),
    ...of('class names', said.classNames && names && differ(names, said.classNames)),
    ...of('batch-norm epsilon', config.batchNormEpsilon !== described.batchNormEpsilon),
  ];
}

const classifierName = (name: string, found: FoundClassifier | undefined): string | undefined =>
  name === 'classifier.weight' ? found?.weight : name === 'classifier.bias' ? found?.bias : undefined;

/** What is left of a file when somebody leaves tensors out. */
function without(contents: SafetensorsFile, ignored: ReadonlySet<string>): SafetensorsFile {
  if (ignored.size === 0) return contents;
  const kept = <T>(of: ReadonlyMap<string, T>) => new Map([...of].filter(([name]) => !ignored.has(name)));
  return { ...contents, tensors: kept(contents.tensors), unread: kept(contents.unread) };
}

/** Metadata of ours; somebody else's `config` is none. */
function ownConfig({ metadata }: SafetensorsFile): DenseNetConfig | undefined {
  try {
    return metadata.config === undefined ? undefined : parseConfigJson(parseJson(metadata.config, 'config'));
  } catch (error) {
    if (error instanceof ConfigError || error instanceof DataError) return undefined;
    throw error;
  }
}

function shapedConfig(tensors: Shapes, file: string): DenseNetConfig {
  try {
    return configFromShapes(tensors);
  } catch (cause) {
    if (cause instanceof StateError)
      throw new WeightsError(file, cause.message, { misshapen: [cause.tensor] }, { cause });
    throw cause;
  }
}

function sizedConfig(
  shaped: DenseNetConfig,
  beside: ModelConfig | undefined,
  { size }: ImportOptions,
  file: string,
): DenseNetConfig {
  const { channels = shaped.inputChannels } = beside ?? {};
  const { height, width } = beside?.size ?? shaped;
  const disagree = (what: string, said: number, there: number) =>
    new WeightsError(
      beside?.file ?? file,
      `says ${said} ${what}, and the weights have ${there}: it is another network's`,
    );
  if (channels !== shaped.inputChannels) throw disagree('input channels', channels, shaped.inputChannels);
  if (beside?.classes && beside.classes !== shaped.classes) throw disagree('classes', beside.classes, shaped.classes);
  try {
    const taken = (size?.channels ?? shaped.inputChannels) === shaped.inputChannels ? size : undefined;
    return checkConfig({ ...shaped, height: taken?.height ?? height, width: taken?.width ?? width });
  } catch (cause) {
    if (!(cause instanceof ConfigError)) throw cause;
    throw new WeightsError(file, `its shapes make no DenseNet: ${cause.message}`, {}, { cause });
  }
}

/** Its names, of which the network takes every tensor. */
const partsOf = (network: Network): ReadonlySet<string> => new Set(statePlaces(network).map(({ name }) => name));

function networkOf(config: DenseNetConfig, tensors: number, file: string): Network {
  try {
    checkTensorCount(config, tensors);
    return buildNetwork(config);
  } catch (cause) {
    if (!(cause instanceof StateError)) throw cause;
    throw new WeightsError(file, cause.message, {}, { cause });
  }
}

/** What norms add to the variance: no tensor says it. */
function epsilonOf(
  { metadata }: SafetensorsFile,
  described: DenseNetConfig | undefined,
  beside: ModelConfig | undefined,
  { batchNormEpsilon }: ImportOptions,
): Pick<DenseNetConfig, 'batchNormEpsilon'> {
  const said = metadata.batch_norm_epsilon;
  const foreign = said !== undefined && /^[\d.eE+-]{1,32}$/.test(said) ? Number(said) : undefined;
  const epsilon = batchNormEpsilon ?? described?.batchNormEpsilon ?? beside?.batchNormEpsilon ?? foreign;
  return epsilon === undefined ? {} : { batchNormEpsilon: epsilon };
}

function stateOf(network: Network, tensors: ReadonlyMap<string, Tensor>, file: string, bytes: Uint8Array): StateDict {
  const state = new Map<string, StateTensor>();
  const parts = partsOf(network);
  for (const [name, tensor] of tensors) {
    if (parts.has(name)) state.set(name, { shape: tensor.shape, values: toFloat32(tensor) });
  }
  try {
    toArenas(network, state);
    return state;
  } catch (cause) {
    if (!(cause instanceof StateError)) throw cause;
    const at = tensors.get(cause.tensor)?.bytes.byteOffset ?? bytes.byteOffset;
    throw new DataError(file, Math.max(at - bytes.byteOffset, 0), cause.message, { cause });
  }
}

function details({ metadata }: SafetensorsFile, config: DenseNetConfig, file: string): CheckpointDetails {
  try {
    return readDetails(metadata, config);
  } catch (cause) {
    if (cause instanceof StateError || cause instanceof ConfigError)
      throw new DataError(file, 0, cause.message, { cause });
    throw cause;
  }
}

/** The preset with these layers; classes, channels and input size are its user's. */
function presetOf(config: DenseNetConfig): PresetName | null {
  const key = ({ stem, growthRate, blockLayers, initialChannels, bottleneckWidth, compression }: DenseNetConfig) =>
    JSON.stringify([stem, growthRate, blockLayers, initialChannels, bottleneckWidth, compression]);
  const names = Object.keys(PRESETS) as PresetName[];
  return names.find((name) => key(PRESETS[name]) === key(config)) ?? null;
}

function conversions(network: Network, tensors: ReadonlyMap<string, Tensor>): ImportReport['converted'] {
  const counts = new Map<Tensor['dtype'], number>();
  const parts = partsOf(network);
  for (const [name, { dtype }] of tensors) {
    if (dtype !== 'F32' && parts.has(name)) counts.set(dtype, (counts.get(dtype) ?? 0) + 1);
  }
  return [...counts].map(([dtype, count]) => ({ dtype, tensors: count }));
}
