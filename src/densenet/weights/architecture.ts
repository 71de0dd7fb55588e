// A DenseNet's configuration from nothing but the names and shapes in its state dict, and from what else says it (metadata,
// a config.json, options). A missing or misshapen tensor does not mislead it: a size that many tensors share is the one
// that most of them have. Architectures that look like a DenseNet and compute something else are refused, each with its
// reason. Whether every tensor is there and fits is checked afterwards (strict-loading.ts, ../state-dict.ts). Pure.

import { parseJson } from '../../data/json.ts';
import type { SafetensorsFile } from '../../data/safetensors.ts';
import { type AnyTensor, type Shapes, toFloat32 } from '../../data/tensor.ts';
import { ConfigError, DataError, StateError, WeightsError } from '../../runtime/errors.ts';
import { checkConfig, type DenseNetConfig } from '../config.ts';
import { parseConfigJson } from '../config-json.ts';
import { CONVOLUTIONS, STEM_KINDS, type StemKind, stemOf, usualSize } from '../stems.ts';
import type { WeightsContents } from './contents.ts';
import type { ImportOptions } from './import-options.ts';
import type { RecognisedNames } from './names.ts';
import type { ModelConfig } from './sidecar-files.ts';

const LAYER = /^features\.denseblock(\d{1,2})\.denselayer(\d{1,4})\.(norm|conv)[12]\./;

/**
 * Blocks and layers from the names; growth rate, bottleneck width, compression, channels and classes from the shapes. No
 * shape says the input size: it is what is usual for the stem.
 * @throws StateError naming the tensor that is not a DenseNet's, or belongs to a variant that is not supported
 */
export function configFromShapes(state: Shapes): DenseNetConfig {
  const blockLayers = countLayers(state);
  if (blockLayers.length === 0) {
    throw new StateError('features.denseblock1', "is missing: not a DenseNet's state dict under torchvision's names");
  }
  const outputs = (part: 'conv1' | 'conv2') =>
    mostCommon(
      [...state].flatMap(([name, { shape }]) =>
        LAYER.test(name) && name.endsWith(`.${part}.weight`) ? [shape[0] ?? 0] : [],
      ),
    );
  const growthRate = outputs('conv2') ?? outputs('conv1') ?? 0;
  if (growthRate === 0) {
    throw new StateError('features.denseblock1.denselayer1.conv1.weight', 'is missing, or has no output channel');
  }
  const width = outputs('conv2') === undefined ? 0 : (outputs('conv1') ?? 4 * growthRate);
  const stem = stemFromShapes(state);
  const input = usualSize(stem);
  const convolution = (i: number) => state.get(`features.conv${i}.weight`)?.shape;
  const last = convolution(stemOf(stem).convolutions.length - 1);
  return {
    stem,
    growthRate,
    blockLayers,
    initialChannels: last?.[0] ?? state.get('features.denseblock1.denselayer1.norm1.weight')?.shape[0] ?? 0,
    bottleneckWidth: width / growthRate,
    compression: compressionOf(state, blockLayers.length - 1),
    dropout: 0,
    classes: state.get('classifier.weight')?.shape[0] ?? state.get('classifier.bias')?.shape[0] ?? 0,
    inputChannels: convolution(0)?.[1] ?? 3,
    height: input,
    width: input,
  };
}

/** Channels after the last block; 0 where too little is there to tell. */
export function featuresFromShapes(state: Shapes): number {
  const size = (name: string) => state.get(name)?.shape[0];
  const norm = size('features.norm5.weight') ?? size('features.norm5.bias') ?? size('features.norm5.running_mean');
  if (norm !== undefined) return norm;
  const layers = countLayers(state);
  const last = `features.denseblock${layers.length}.denselayer${layers.at(-1)}`;
  const added = size(`${last}.conv2.weight`) ?? size(`${last}.conv1.weight`);
  return (size(`${last}.norm1.weight`) ?? 0) + (added ?? 0);
}

/** A block that no name mentions has 0 layers, which the configuration's check refuses. */
function countLayers(state: Shapes): number[] {
  const layers: number[] = [];
  for (const name of state.keys()) {
    const [, block, layer] = LAYER.exec(name) ?? [];
    if (block === undefined || Number(block) === 0) continue;
    layers[Number(block) - 1] = Math.max(layers[Number(block) - 1] ?? 0, Number(layer));
  }
  return Array.from(layers, (count) => count ?? 0);
}

/** By whether more convolutions follow, and the first one's kernel; where that is missing, by whether a norm follows. */
function stemFromShapes(state: Shapes): StemKind {
  const name = 'features.conv0.weight';
  const shape = state.get(name)?.shape;
  const hasNorm = state.has('features.norm0.weight');
  const isDeep = state.has('features.conv1.weight') || state.has('features.conv2.weight');
  const kinds = STEM_KINDS.filter((kind) => stemOf(kind).convolutions.length > 1 === isDeep);
  const sizeOf = (kind: StemKind) => CONVOLUTIONS[stemOf(kind).convolutions[0].kind].size;
  const found = kinds.find((kind) => (shape ? sizeOf(kind) === shape[2] : stemOf(kind).pool === hasNorm));
  if (!found || (shape && (shape.length !== 4 || shape[2] !== shape[3]))) {
    const sizes = kinds.map(sizeOf).toSorted((a, b) => b - a);
    throw new StateError(
      name,
      `has shape [${shape}]; ${isDeep ? "a deep stem's first" : "the stem's"} kernel must be ${sizes.map((n) => `${n}x${n}`).join(' or ')}`,
    );
  }
  if (!isDeep && !stemOf(found).pool && shape && hasNorm) {
    throw new StateError('features.norm0.weight', 'follows a 3x3 stem, where a batch norm is not supported');
  }
  return found;
}

/** A theta for which floor(theta * channels) is what every transition keeps; the paper's 0.5 or 1 where they do. */
function compressionOf(state: Shapes, transitions: number): number {
  let [low, high] = [0, Number.POSITIVE_INFINITY];
  const pairs: (readonly [outputs: number, inputs: number])[] = [];
  for (let t = 1; t <= transitions; t++) {
    const [outputs = 0, inputs = 0, ...kernel] = state.get(`features.transition${t}.conv.weight`)?.shape ?? [];
    if (kernel.length !== 2) continue;
    pairs.push([outputs, inputs]);
    low = Math.max(low, outputs / inputs);
    high = Math.min(high, (outputs + 1) / inputs);
  }
  const fits = (theta: number) => theta > 0 && pairs.every(([outputs, n]) => Math.floor(theta * n) === outputs);
  const found = [0.5, 1, (low + Math.min(high, 1)) / 2, low].find(fits);
  if (found === undefined) {
    throw new StateError('features.transition1.conv.weight', 'no single compression factor fits all transitions');
  }
  return found;
}

function mostCommon(values: readonly number[]): number | undefined {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].toSorted(([, a], [, b]) => b - a)[0]?.[0];
}

/** The configuration in metadata of our own; another program's `config` does not count. */
export function configFromMetadata({ metadata }: SafetensorsFile): DenseNetConfig | undefined {
  try {
    return metadata.config === undefined ? undefined : parseConfigJson(parseJson(metadata.config, 'config'));
  } catch (error) {
    if (error instanceof ConfigError || error instanceof DataError) return undefined;
    throw error;
  }
}

interface ConfigSources {
  /** Its own metadata. */
  readonly contents: WeightsContents;
  /** `configFromMetadata` of it. */
  readonly described: DenseNetConfig | undefined;
  /** By canonical name. */
  readonly shapes: Shapes;
  readonly sidecar: ModelConfig | undefined;
  /** `newClassifier`: only where the file has no classifier. */
  readonly options: Pick<ImportOptions, 'newClassifier' | 'size' | 'batchNormEpsilon'>;
  readonly file: string;
}

/**
 * The layers from metadata or, without, from the shapes; input size and epsilon from the options, the sidecar or metadata.
 * @throws WeightsError where these are not a DenseNet's, or the sidecar describes another network
 */
export function resolveConfig({ contents, described, shapes, sidecar, options, file }: ConfigSources): DenseNetConfig {
  const { newClassifier, size } = options;
  const layers = described
    ? { ...described, ...(newClassifier && { classes: newClassifier.classes }) }
    : layersFromShapes(shapes, file);
  const differs = (what: string, said: number, there: number) =>
    new WeightsError(
      sidecar?.file ?? file,
      `says ${said} ${what}, but the weights have ${there}; give the configuration that belongs to these weights`,
    );
  const { channels = layers.inputChannels, classes } = sidecar ?? {};
  if (channels !== layers.inputChannels) throw differs('input channels', channels, layers.inputChannels);
  if (classes && classes !== layers.classes) throw differs('classes', classes, layers.classes);
  const chosen = (size?.channels ?? layers.inputChannels) === layers.inputChannels ? size : undefined;
  const { height, width } = chosen ?? sidecar?.size ?? contents.size ?? layers;
  const epsilon = batchNormEpsilonOf(contents, described, sidecar, options);
  try {
    return checkConfig({ ...layers, height, width, ...(epsilon !== undefined && { batchNormEpsilon: epsilon }) });
  } catch (cause) {
    if (!(cause instanceof ConfigError)) throw cause;
    throw new WeightsError(file, `its shapes are not a DenseNet's: ${cause.message}`, {}, { cause });
  }
}

function layersFromShapes(shapes: Shapes, file: string): DenseNetConfig {
  try {
    return configFromShapes(shapes);
  } catch (cause) {
    if (!(cause instanceof StateError)) throw cause;
    throw new WeightsError(file, cause.message, { misshapen: [cause.tensor] }, { cause });
  }
}

/** What batch norms add to the variance: no tensor says it. */
function batchNormEpsilonOf(
  { metadata }: SafetensorsFile,
  described: DenseNetConfig | undefined,
  sidecar: ModelConfig | undefined,
  { batchNormEpsilon }: Pick<ImportOptions, 'batchNormEpsilon'>,
): number | undefined {
  const said = metadata.batch_norm_epsilon;
  const foreign = said !== undefined && /^[\d.eE+-]{1,32}$/.test(said) ? Number(said) : undefined;
  return batchNormEpsilon ?? described?.batchNormEpsilon ?? sidecar?.batchNormEpsilon ?? foreign;
}

/**
 * DenseNets that look like ours and compute something else: loading them would give meaningless results.
 * @throws WeightsError
 */
export function refuseUnsupported(
  { trunk }: RecognisedNames,
  { tensors, unsupported, architecture: own = '' }: WeightsContents,
  sidecar: ModelConfig | undefined,
  file: string,
): void {
  refuseOtherLayouts(trunk, new Map<string, AnyTensor>([...tensors, ...unsupported]), file);
  for (const [pattern, does] of ONLY_BY_NAME) {
    const said = [sidecar?.architecture ?? '', own].find((name) => pattern.test(name));
    if (said === undefined && !pattern.test(file)) continue;
    const says = said === undefined ? 'its name' : JSON.stringify(said.slice(0, 60));
    throw new WeightsError(file, `is by ${says} a network that ${does}, which are not supported`);
  }
  const pool = sidecar?.globalPool ?? '';
  if (pool !== '' && pool !== 'avg') {
    const problem = `uses global pooling ${JSON.stringify(pool)} (${sidecar?.file}); only average pooling is supported`;
    throw new WeightsError(file, problem);
  }
  const biases = [...trunk].flatMap(([name, own]) => {
    const tensor = /\.conv\d?\.bias$/.test(name) ? tensors.get(own) : undefined;
    return tensor && toFloat32(tensor).some((value) => value !== 0) ? [own] : [];
  });
  if (biases.length > 0) {
    throw new WeightsError(
      file,
      `its convolutions have biases (${biases.slice(0, 8).join(', ')}${biases.length > 8 ? ' …' : ''}): batch norms were ` +
        'folded into them, or it is another architecture; export the network as it was trained',
      { unknown: biases },
    );
  }
}

/** timm's variants that compute something else with tensors of the same names: only a name tells them. */
const ONLY_BY_NAME = [
  [/densenet_?blur/i, 'pools with blur filters'],
  [/densenet\w*iabn|inplace_?abn/i, 'has in-place batch norms (iabn) and leaky ReLUs'],
] as const;

const KERNELS = [1, 3, 7];

/** Convolutions of one or three dimensions, and weights in another order than [outputs, inputs, height, width]. */
function refuseOtherLayouts(trunk: RecognisedNames['trunk'], shapes: Shapes, file: string): void {
  const convolutions = [...trunk].flatMap(([name, own]) => {
    const shape = /\.conv\d?\.weight$|^features\.conv0\.weight$/.test(name) ? shapes.get(own)?.shape : undefined;
    return shape ? [{ own, shape }] : [];
  });
  for (const { own, shape } of convolutions) {
    if (shape.length !== 5 && shape.length !== 3) continue;
    const dimensions = shape.length - 2;
    throw new WeightsError(
      file,
      `${own} has shape [${shape}]: a ${dimensions}-D network (Conv${dimensions}d); only 2-D networks are supported`,
      { misshapen: [`${own}: [${shape}]`] },
    );
  }
  const areKernels = (i: number, j: number) =>
    convolutions.every(({ shape }) => shape.length === 4 && shape[i] === shape[j] && KERNELS.includes(shape[i] ?? 0));
  if (convolutions.length === 0 || areKernels(2, 3)) return;
  const layout = areKernels(0, 1) ? 'HWIO, as in Keras and TensorFlow' : areKernels(1, 2) ? 'OHWI (channels last)' : '';
  if (layout === '') return; // shapes of a wrong size are reported one by one
  const [{ own, shape } = { own: '', shape: [] }] = convolutions;
  throw new WeightsError(
    file,
    `its convolution weights have the layout ${layout}: ${own} has shape [${shape}]; transpose them to PyTorch's OIHW, ` +
      '[outputs, inputs, height, width]',
    { misshapen: [`${own}: [${shape}]`] },
  );
}
