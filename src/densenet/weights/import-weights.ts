// An untrusted file of weights, of whatever format -> a network: names recognised, architecture read off the shapes, every tensor accounted for,
// preprocessing and class names from wherever they are said, and a report of all that. Pure; a file that does not fit is an
// error that names everything that is wrong with it, and nothing is half loaded.

import { fileKind, refuseOtherKind } from '../../data/file-kind.ts';
import { type Preprocessing, resizingOf } from '../../data/preprocess.ts';
import { readSafetensors } from '../../data/safetensors.ts';
import { type AnyTensor, type Tensor, toFloat32 } from '../../data/tensor.ts';
import { ConfigError, DataError, StateError, WeightsError } from '../../runtime/errors.ts';
import { aNumber, checkOptions, flag, must, nested, type Rules, required, SEED, whole } from '../../runtime/options.ts';
import type { DenseNetConfig } from '../config.ts';
import { buildNetwork, type Network } from '../network.ts';
import { presetOf } from '../presets.ts';
import { checkTensorCount, type StateDict, type StateTensor, statePlaces, toArenas } from '../state-dict.ts';
import { type CheckpointDetails, readDetails, withoutOptimizer } from '../train/checkpoint.ts';
import { configFromMetadata, refuseUnsupported, resolveConfig } from './architecture.ts';
import { safetensorsContents, type WeightsContents } from './contents.ts';
import { canonicalTensors, classNamesOf, multiLabelOf, thresholdsOf } from './head.ts';
import type { ImportedNetwork, ImportOptions, SidecarFile, WeightsSource, WeightsSources } from './import-options.ts';
import { adaptFirstConvolution, adaptPreprocessing } from './input-channels.ts';
import { mmpretrainNames } from './mmpretrain.ts';
import { recogniseNames } from './names.ts';
import { preprocessingOf, sizeSource } from './preprocessing.ts';
import type { ImportReport, Overridden } from './report.ts';
import { readModelConfig } from './sidecar-files.ts';
import { checkTensors, ignoredNames } from './strict-loading.ts';

const aText = must((value) => typeof value === 'string', 'must be a string');
const SIDECAR_FILE = { name: required(aText), text: required(aText) } satisfies Rules<SidecarFile>;

const IMPORT_OPTIONS = {
  config: nested<SidecarFile>(SIDECAR_FILE),
  labels: nested<SidecarFile>(SIDECAR_FILE),
  size: nested<NonNullable<ImportOptions['size']>>({
    channels: whole(1, 2 ** 16),
    height: required(whole(1, 2 ** 16)),
    width: required(whole(1, 2 ** 16)),
  }),
  multiLabel: flag,
  inputChannels: whole(1, 1024),
  newClassifier: nested<NonNullable<ImportOptions['newClassifier']>>({
    classes: required(whole(1, 2 ** 20)),
    seed: SEED,
  }),
  ignore: must(
    (value) => Array.isArray(value) && value.every((name) => typeof name === 'string'),
    'must be a list of names',
  ),
  batchNormEpsilon: aNumber((value) => value > 0, 'must be a number above 0'),
} satisfies Rules<ImportOptions>;

/**
 * A network from a file of weights: safetensors; what PyTorch saves (.pth, .pt, .bin, .tar, .ckpt: a state dict, a checkpoint, a
 * whole module); what Keras saves (.h5, .weights.h5, .keras); a TensorFlow.js layers model; an ONNX model. Told by its content;
 * nothing in a file is run.
 * @param source the file's bytes, not compressed, or the file; of a TensorFlow.js model a zip, or a list: model.json and the files
 * of its weights
 * @param file what errors call it; left out: its own name
 * @throws ConfigError for invalid options; DataError where a file is damaged, holds values that are not finite, or metadata
 * of our own that are invalid; WeightsError where it is not a supported DenseNet, naming every tensor that is missing or
 * misshapen
 */
export async function importWeights(
  source: WeightsSources,
  file?: string,
  options: ImportOptions = {},
): Promise<ImportedNetwork> {
  checkOptions<ImportOptions>('options of importWeights', options, IMPORT_OPTIONS);
  const sources: readonly WeightsSource[] = source instanceof Uint8Array || 'arrayBuffer' in source ? [source] : source;
  const all = await Promise.all(sources.map(async (one) => [nameOf(one), await bytesOf(one)] as const));
  // Of several one is a model's description, and the others are its numbers.
  const [own, bytes] = all.find(([, content]) => all.length === 1 || fileKind(content) === 'tfjs') ?? [];
  if (!bytes)
    throw new ConfigError('source', all.length, 'files, of which none is a model.json: give one file of weights');
  const title = file ?? (own || 'weights');
  refuseOtherKind(bytes, title, 'weights');
  const kind = fileKind(bytes);
  if (kind === 'safetensors' || kind === 'unknown') return importSafetensors(bytes, title, options);
  const { readOtherFormat } = await import('./other-formats.ts');
  return importContents(readOtherFormat(bytes, title, kind, new Map(all)), bytes, title, options);
}

const nameOf = (source: WeightsSource) => ('name' in source ? source.name : undefined) ?? '';

const bytesOf = async (source: WeightsSource) =>
  source instanceof Uint8Array ? source : new Uint8Array(await source.arrayBuffer());

/** The same of a safetensors file, at once. */
export function importSafetensors(bytes: Uint8Array, file: string, options: ImportOptions = {}): ImportedNetwork {
  checkOptions<ImportOptions>('options of importWeights', options, IMPORT_OPTIONS);
  return importContents(safetensorsContents(withoutOptimizer(readSafetensors(bytes, file))), bytes, file, options);
}

/** The same of what a file of any format holds. @param bytes of the file, for the places in it that errors name */
export function importContents(
  everything: WeightsContents,
  bytes: Uint8Array,
  file: string,
  options: ImportOptions,
): ImportedNetwork {
  const ignored = ignoredNames([...everything.tensors.keys(), ...everything.unsupported.keys()], options.ignore);
  const contents = withoutIgnored(everything, ignored);
  const all = new Map<string, AnyTensor>([...contents.tensors, ...contents.unsupported]);
  const sidecar = options.config && readModelConfig(options.config);
  const names = recogniseNames(all, file, contents.naming ?? mmpretrainNames(all.keys()));
  refuseUnsupported(names, contents, sidecar, file);
  const found = canonicalTensors(contents, names, options, file);
  const { shapes, classifier } = found;
  /** The options, without those for a classifier where the file has one. */
  const applied = classifier ? { ...options, newClassifier: undefined } : options;
  const described = configFromMetadata(contents);
  const saved = resolveConfig({ contents, described, shapes, sidecar, options: applied, file });
  const { inputChannels = saved.inputChannels } = options;
  const isAdapted = inputChannels !== saved.inputChannels;
  const canonical = isAdapted ? adaptFirstConvolution(found, inputChannels) : found;
  const { tensors } = canonical;
  const config = isAdapted ? { ...saved, inputChannels } : saved;
  const network = networkOf(config, shapes.size, file);
  const thresholds = thresholdsOf(contents.tensors, config.classes);
  const { unused, unusedInTrunk } = checkTensors({
    ...canonical,
    network,
    names,
    all,
    thresholds: thresholds?.name,
    file,
  });
  const state = stateOf(network, tensors, file, bytes);
  const own = described ? detailsOf(contents, described, file) : undefined;
  // A new classifier's classes are nobody's: not even torchxrayvision's, where there are as many.
  const usual = preprocessingOf(applied.newClassifier ? { ...saved, classes: 0 } : saved, { own, sidecar });
  const preprocessing = isAdapted ? adaptPreprocessing(usual.preprocessing, inputChannels) : usual.preprocessing;
  const labelled = classNamesOf(saved, own, sidecar, { ...applied, listed: contents.labels });
  const { multiLabel, source: multiLabelSource } = multiLabelOf(saved, own, sidecar, {
    ...applied,
    listed: contents.multiLabel,
  });
  // What was chosen for the file's classes says nothing of a new classifier's.
  const decisions = applied.newClassifier || config.classes !== described?.classes ? {} : (own ?? {});
  const report: ImportReport = {
    checked: contents.checked,
    file,
    format: contents.format,
    path: contents.path,
    isModule: contents.isModule,
    passedOver: contents.passedOver,
    scheme: names.scheme,
    prefix: names.prefix,
    model: presetOf(config),
    parameters: network.parameterCount,
    tensors: state.size - (classifier?.bias === undefined ? 1 : 0) - (classifier ? 0 : 1),
    classifier: classifier?.weight ?? null,
    inputChannels: isAdapted ? { of: saved.inputChannels, now: inputChannels } : null,
    thresholds: decisions.thresholds ? 'metadata thresholds' : (thresholds?.name ?? null),
    bias: !classifier || classifier.bias !== undefined,
    unused,
    unusedInTrunk,
    ignored: [...ignored],
    overridden: overriddenBy(saved, usual.preprocessing, labelled.names, { described, own }),
    converted: conversions(network, tensors),
    sources: {
      inputSize: sizeSource(saved, described, sidecar, { ...options, own: contents.size }),
      preprocessing: usual.source,
      classNames: labelled.source,
      multiLabel: multiLabelSource,
    },
  };
  return {
    config,
    state,
    preprocessing,
    classNames: labelled.names,
    multiLabel,
    temperature: decisions.temperature ?? 1,
    thresholds: decisions.thresholds ?? thresholds?.thresholds,
    batchesTracked: batchesTracked(contents),
    report,
    metadata: contents.metadata,
  };
}

function batchesTracked({ tensors }: WeightsContents): number {
  const counts = [...tensors].flatMap(([name, { dtype, shape, bytes }]) =>
    name.endsWith('num_batches_tracked') && dtype === 'I64' && shape.length === 0
      ? [Number(new BigInt64Array(new Uint8Array(bytes).buffer)[0])]
      : [],
  );
  return counts.reduce((most, count) => (Number.isSafeInteger(count) ? Math.max(most, count) : most), 0);
}

/** What is left of a file without the tensors that are ignored. */
function withoutIgnored(contents: WeightsContents, ignored: ReadonlySet<string>): WeightsContents {
  if (ignored.size === 0) return contents;
  const rest = <T>(of: ReadonlyMap<string, T>) => new Map([...of].filter(([name]) => !ignored.has(name)));
  return { ...contents, tensors: rest(contents.tensors), unsupported: rest(contents.unsupported) };
}

function networkOf(config: DenseNetConfig, tensors: number, file: string): Network {
  try {
    checkTensorCount(config, tensors);
    return buildNetwork(config);
  } catch (cause) {
    if (!(cause instanceof StateError)) throw cause;
    throw new WeightsError(file, cause.message, {}, { cause });
  }
}

/** The names of all tensors that the network takes. */
const tensorNames = (network: Network): ReadonlySet<string> => new Set(statePlaces(network).map(({ name }) => name));

function stateOf(network: Network, tensors: ReadonlyMap<string, Tensor>, file: string, bytes: Uint8Array): StateDict {
  const state = new Map<string, StateTensor>();
  const needed = tensorNames(network);
  for (const [name, tensor] of tensors) {
    if (needed.has(name)) state.set(name, { shape: tensor.shape, values: toFloat32(tensor) });
  }
  try {
    toArenas(network, state);
    return state;
  } catch (cause) {
    if (!(cause instanceof StateError)) throw cause;
    const part = tensors.get(cause.tensor)?.bytes;
    // Numbers that did not lie in order were gathered elsewhere.
    const at = part?.buffer === bytes.buffer ? Math.max(part.byteOffset - bytes.byteOffset, 0) : 0;
    throw new DataError(file, at, cause.message, { cause });
  }
}

function detailsOf({ metadata }: WeightsContents, config: DenseNetConfig, file: string): CheckpointDetails {
  try {
    return readDetails(metadata, config);
  } catch (cause) {
    if (!(cause instanceof StateError || cause instanceof ConfigError)) throw cause;
    throw new DataError(file, 0, cause.message, { cause });
  }
}

/** What the file's own metadata say, and an option or a sidecar file overrides. */
function overriddenBy(
  config: DenseNetConfig,
  preprocessing: Preprocessing,
  names: readonly string[] | undefined,
  { described, own }: { described: DenseNetConfig | undefined; own: CheckpointDetails | undefined },
): Overridden[] {
  if (!described || !own) return [];
  const { normalisation, classNames, resizing = {} } = own;
  const differ = (a: unknown, b: unknown) => JSON.stringify(a) !== JSON.stringify(b);
  const isOverridden: Readonly<Record<Overridden, boolean>> = {
    'input size': config.height !== described.height || config.width !== described.width,
    mean: normalisation !== undefined && differ(preprocessing.mean, normalisation.mean),
    std: normalisation !== undefined && differ(preprocessing.std, normalisation.std),
    resizing: normalisation !== undefined && differ(resizingOf(preprocessing), resizingOf(resizing)),
    'class names': classNames !== undefined && names !== undefined && differ(names, classNames),
    'batch-norm epsilon': config.batchNormEpsilon !== described.batchNormEpsilon,
  };
  const all: readonly Overridden[] = ['input size', 'mean', 'std', 'resizing', 'class names', 'batch-norm epsilon'];
  return all.filter((what) => isOverridden[what]);
}

function conversions(network: Network, tensors: ReadonlyMap<string, Tensor>): ImportReport['converted'] {
  const counts = new Map<Tensor['dtype'], number>();
  const needed = tensorNames(network);
  for (const [name, { dtype }] of tensors) {
    if (dtype !== 'F32' && needed.has(name)) counts.set(dtype, (counts.get(dtype) ?? 0) + 1);
  }
  return [...counts].map(([dtype, count]) => ({ dtype, tensors: count }));
}
