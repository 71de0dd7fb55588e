// Which of Keras's layers is which of a DenseNet's: by the names of Keras Applications or, of a model that describes itself,
// by the order: convolutions and batch norms of a DenseNet are one chain, and their channels tell blocks from transitions.

import { type KerasLayer, kindOf } from './layers.ts';

/** Keras Applications' names, with `/` in files of TensorFlow's Keras and `_` in those of Keras 3. */
const NAMED: readonly (readonly [name: RegExp, canonical: (...parts: string[]) => string])[] = [
  [/(?:^|\/)conv1[/_]conv$/, () => 'conv0'],
  [/(?:^|\/)conv1[/_]bn$/, () => 'norm0'],
  [
    /(?:^|\/)conv(\d+)_block(\d+)_(0_bn|1_conv|1_bn|2_conv)$/,
    (block = '', layer = '', part = '') => `denseblock${Number(block) - 1}.denselayer${layer}.${PARTS[part] ?? ''}`,
  ],
  [
    /(?:^|\/)pool(\d+)_(bn|conv)$/,
    (pool = '', part) => `transition${Number(pool) - 1}.${part === 'bn' ? 'norm' : 'conv'}`,
  ],
  [/(?:^|\/)bn$/, () => 'norm5'],
];
const PARTS: Readonly<Record<string, string>> = {
  '0_bn': 'norm1',
  '1_conv': 'conv1',
  '1_bn': 'norm2',
  '2_conv': 'conv2',
};

/** A layer's name among torchvision's, without `features.`; undefined: not one of Keras Applications'. */
function namedAs(name: string): string | undefined {
  for (const [pattern, canonical] of NAMED) {
    const found = pattern.exec(name);
    if (found) return canonical(...found.slice(1));
  }
  return undefined;
}

/** Of the ResNets of Keras Applications, whose other layers have a DenseNet's names. */
const RESNET = /(^|\/)conv\d+_block\d+_(0_conv|3_conv|preact_bn)$/;

/** By layer, its name among torchvision's; undefined where no dense layer has a name of Keras Applications'. */
export function byName(layers: readonly KerasLayer[]): ReadonlyMap<KerasLayer, string> | undefined {
  const found = new Map<KerasLayer, string>();
  for (const layer of layers) {
    const name = namedAs(layer.name);
    if (name !== undefined) found.set(layer, name);
  }
  const isDense = [...found.values()].some((name) => name.startsWith('denseblock'));
  return isDense && !layers.some(({ name }) => RESNET.test(name)) ? found : undefined;
}

/** The same by the order of the layers; undefined where they are not in a DenseNet's. */
export function byOrder(layers: readonly KerasLayer[]): ReadonlyMap<KerasLayer, string> | undefined {
  const chain = layers.filter((layer) => ['convolution', 'norm'].includes(kindOf(layer)));
  const found = new Map<KerasLayer, string>();
  let at = 0;
  const put = (...names: readonly string[]) => {
    for (const name of names) {
      const layer = chain[at++];
      if (layer) found.set(layer, name);
    }
  };
  const is = (offset: number, kind: 'norm' | 1 | 3): boolean => {
    const layer = chain[at + offset];
    if (!layer) return false;
    return kind === 'norm' ? kindOf(layer) === 'norm' : kindOf(layer) === 'convolution' && sizeOf(layer) === kind;
  };
  const [stem] = chain;
  if (!stem || kindOf(stem) !== 'convolution') return undefined;
  put('conv0');
  if (is(0, 'norm') && is(1, 'norm')) put('norm0');
  let [block, count] = [1, 0];
  for (; at < chain.length; ) {
    if (!is(0, 'norm')) return undefined;
    const layer = `denseblock${block}.denselayer${count + 1}`;
    if (at + 1 === chain.length) put('norm5');
    else if (is(1, 3)) {
      put(`${layer}.norm1`, `${layer}.conv1`);
      count++;
    } else if (is(1, 1) && is(2, 'norm') && is(3, 3) && isBottleneck(chain.slice(at, at + 5))) {
      put(`${layer}.norm1`, `${layer}.conv1`, `${layer}.norm2`, `${layer}.conv2`);
      count++;
    } else if (is(1, 1) && count > 0) {
      put(`transition${block}.norm`, `transition${block}.conv`);
      [block, count] = [block + 1, 0];
    } else return undefined;
  }
  return count > 0 && [...found.values()].includes('norm5') ? found : undefined;
}

/** Norm, 1x1, norm, 3x3 are also a transition and a layer without a bottleneck; the next norm's channels tell. */
function isBottleneck([norm, , , last, next]: readonly KerasLayer[]): boolean {
  const channels = (layer: KerasLayer | undefined) => layer?.variables.get('moving_mean')?.shape[0] ?? 0;
  const added = last?.variables.get('kernel')?.shape[3] ?? 0;
  return channels(next) === channels(norm) + added;
}

const sizeOf = ({ variables }: KerasLayer): number => variables.get('kernel')?.shape[0] ?? 0;
