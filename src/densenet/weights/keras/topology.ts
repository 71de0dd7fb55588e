// The model that a Keras file describes beside its numbers (model_config, config.json, modelTopology): its layers in their order,
// so that layers of any name are recognised, and what they compute, so that what computes something else is refused by name.

import { isJsonObject, type JsonObjectValue, type JsonValue } from '../../../data/json.ts';
import { WeightsError } from '../../../runtime/errors.ts';
import { printableName } from '../../../runtime/printable.ts';

export interface TopologyLayer {
  readonly kind: string;
  readonly name: string;
  /** Where Keras's newer files keep its variables: `layers/conv2d_3`. */
  readonly path: string;
  readonly config: JsonObjectValue;
}

export interface Topology {
  readonly layers: readonly TopologyLayer[];
  readonly size: { readonly height: number; readonly width: number } | undefined;
  readonly epsilon: number | undefined;
  /** Of the last layer: a sigmoid for each class, or one softmax. */
  readonly multiLabel: boolean | undefined;
}

const MODELS = ['Functional', 'Model', 'Sequential'];
const MOST_DEPTH = 8;
/** What a DenseNet's graph may consist of, in Keras's names, and what changes nothing in evaluation. */
const SUPPORTED = new Set(
  (
    'InputLayer ZeroPadding2D Conv2D BatchNormalization Activation ReLU MaxPooling2D AveragePooling2D Concatenate ' +
    'GlobalAveragePooling2D Dense Dropout SpatialDropout2D GaussianNoise ActivityRegularization Flatten Softmax'
  ).split(' '),
);
const EXPLAINED: readonly (readonly [name: RegExp, problem: string])[] = [
  [/3D$/, 'a 3-D network; only 2-D networks are supported'],
  [
    /^(Rescaling|Normalization)$/,
    'preprocessing inside the network; save the network behind it, and give its preprocessing',
  ],
  [/^GlobalMaxPooling/, 'only global average pooling is supported'],
  [/^(Lambda|TFOpLambda)$/, 'a function of its own, which is not run'],
];

/** Keras's name of a class in paths: `global_average_pooling2d`. */
const snakeCase = (name: string) =>
  name
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();

/**
 * @param json what the file has, parsed; undefined or no model: nothing is known
 * @throws WeightsError naming the layers that compute what is not supported
 */
export function readTopology(json: JsonValue | undefined, file: string): Topology | undefined {
  const layers: TopologyLayer[] = [];
  if (!isJsonObject(json) || !isModel(json)) return undefined;
  flatten(json, '', layers, 0, file);
  if (layers.length === 0) return undefined;
  refuseOthers(layers, file);
  const epsilons = new Set(
    layers.flatMap(({ kind, config }) => (kind === 'BatchNormalization' ? [config.epsilon] : [])),
  );
  const [epsilon] = epsilons;
  if (epsilons.size > 1) {
    const values = [...epsilons].slice(0, 4).join(', ');
    throw new WeightsError(file, `its batch norms have several epsilons: ${values}; only one is supported`);
  }
  return {
    layers,
    size: inputSize(layers),
    epsilon: typeof epsilon === 'number' ? epsilon : undefined,
    multiLabel: lastActivation(layers),
  };
}

const isModel = (json: JsonObjectValue): boolean => MODELS.includes(String(json.class_name));

/** Models within a model in the place of their layer. */
function flatten(model: JsonObjectValue, prefix: string, into: TopologyLayer[], depth: number, file: string): void {
  if (depth > MOST_DEPTH) throw new WeightsError(file, 'its model has models within models without end');
  const inner = isJsonObject(model.config) ? model.config.layers : model.config;
  const counts = new Map<string, number>();
  for (const layer of Array.isArray(inner) ? inner : []) {
    if (!isJsonObject(layer) || typeof layer.class_name !== 'string') continue;
    const config = isJsonObject(layer.config) ? layer.config : {};
    const kind = layer.class_name.replace(/^.*>/, '');
    const title = snakeCase(kind);
    const number = counts.get(title) ?? 0;
    counts.set(title, number + 1);
    const path = `${prefix}layers/${title}${number === 0 ? '' : `_${number}`}`;
    if (isModel(layer)) flatten(layer, `${path}/`, into, depth + 1, file);
    else into.push({ kind, name: String(config.name ?? layer.name ?? path), path, config });
  }
}

function refuseOthers(layers: readonly TopologyLayer[], file: string): void {
  const firstOfHead = layers.findIndex(({ kind }) => /^Global|^Flatten$|^Dense$/.test(kind));
  const pooled = layers.some(({ kind }) => kind === 'MaxPooling2D');
  const stem = pooled ? layers.find(({ kind }) => kind === 'Conv2D') : undefined;
  const problems = layers.flatMap((layer, i) => {
    const problem =
      problemOf(layer) ?? (firstOfHead < 0 || i < firstOfHead ? trunkProblemOf(layer, layer === stem) : undefined);
    return problem === undefined ? [] : [`${printableName(layer.name)} (${printableName(layer.kind)}): ${problem}`];
  });
  if (problems.length === 0) return;
  const more = problems.length > 4 ? ` and ${problems.length - 4} more` : '';
  throw new WeightsError(file, `its layers compute what is not supported: ${problems.slice(0, 4).join('; ')}${more}`);
}

const RELU = ['relu', 'linear', 'softmax', 'sigmoid'];

function problemOf({ kind, config }: TopologyLayer): string | undefined {
  if (!SUPPORTED.has(kind))
    return EXPLAINED.find(([name]) => name.test(kind))?.[1] ?? 'only a DenseNet’s own layers are supported';
  const numbers = (key: string, otherwise: number): readonly JsonValue[] => [config[key] ?? otherwise].flat();
  const strided = numbers('strides', 1).some((stride) => stride !== 1);
  const activation = activationOf(config);
  if (kind === 'Conv2D') {
    if (numbers('dilation_rate', 1).some((rate) => rate !== 1) || (config.groups ?? 1) !== 1)
      return 'dilated or grouped convolutions are not supported';
    if (activation !== 'linear') return `an activation (${activation}) within a convolution is not supported`;
    if (strided && config.padding === 'same') return UNEVEN;
  }
  if (kind === 'MaxPooling2D' && config.padding === 'same') return UNEVEN;
  if (kind === 'AveragePooling2D' && numbers('pool_size', 2).some((size) => size !== 2))
    return 'only average pooling of 2x2 is supported';
  if (kind === 'ReLU' && (typeof config.max_value === 'number' || (config.negative_slope ?? 0) !== 0))
    return 'only a plain ReLU is supported';
  if ((kind === 'Activation' || kind === 'Dense') && !RELU.includes(activation))
    return `the activation ${printableName(activation)} is not supported`;
  return undefined;
}

/** What a DenseNet's trunk does otherwise: these would be computed as what stands there. */
function trunkProblemOf({ kind, config }: TopologyLayer, isStem: boolean): string | undefined {
  const both = (key: string, otherwise: JsonValue): readonly JsonValue[] => [config[key] ?? otherwise].flat();
  if (kind === 'Activation' && activationOf(config) !== 'relu')
    return `the activation ${printableName(activationOf(config))} ahead of the classifier is not supported; only relu`;
  if (kind === 'Conv2D') {
    const [size] = both('kernel_size', 1);
    // A deep stem's first 3x3 convolution has one, too, and a max pooling after it.
    if (size === 3 && !isStem && both('strides', 1).some((stride) => stride !== 1))
      return 'a 3x3 convolution within a block, or without max pooling after it, must have stride 1';
    if (size === 7 && both('strides', 1).some((stride) => stride !== 2)) return 'a 7x7 convolution must have stride 2';
    if (size === 1 && both('strides', 1).some((stride) => stride !== 1)) return 'a 1x1 convolution must have stride 1';
  }
  if (kind === 'MaxPooling2D') {
    if (both('pool_size', 2).some((size) => size !== 3)) return 'only max pooling of 3x3 is supported';
    if (both('strides', both('pool_size', 2)[0] ?? 2).some((stride) => stride !== 2))
      return 'only max pooling with stride 2 is supported';
  }
  if (kind === 'AveragePooling2D' && both('strides', 2).some((stride) => stride !== 2))
    return 'only average pooling with stride 2 is supported';
  return undefined;
}

/** Keras's `same` pads an even image with stride 2 at its right and lower edge alone; PyTorch's, and ours, pads all sides. */
const UNEVEN =
  'padding "same" with a stride pads one side more than the other, which is not supported; Keras Applications pad ' +
  'explicitly (ZeroPadding2D)';

function activationOf(config: TopologyLayer['config']): string {
  const { activation = 'linear' } = config;
  if (isJsonObject(activation)) return String(activation.config ?? activation.class_name);
  return activation === null ? 'linear' : String(activation);
}

export const isLinear = ({ config }: TopologyLayer): boolean => activationOf(config) === 'linear';

function inputSize(layers: readonly TopologyLayer[]): Topology['size'] {
  for (const { config } of layers) {
    const shape = config.batch_input_shape ?? config.batch_shape;
    if (!Array.isArray(shape) || shape.length !== 4) continue;
    const [, first, second, third] = shape;
    const [height, width] = typeof first === 'number' && first <= 4 ? [second, third] : [first, second];
    if (typeof height === 'number' && typeof width === 'number') return { height, width };
  }
  return undefined;
}

function lastActivation(layers: readonly TopologyLayer[]): boolean | undefined {
  const last = layers.findLast(({ kind }) => ['Dense', 'Activation', 'Softmax'].includes(kind));
  if (!last) return undefined;
  const activation = last.kind === 'Softmax' ? 'softmax' : activationOf(last.config);
  return activation === 'sigmoid' ? true : activation === 'softmax' ? false : undefined;
}
