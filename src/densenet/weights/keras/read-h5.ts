// Keras's HDF5 files: `save_weights` and `model.save` to .h5 (groups of the layers' names, whose attributes list their variables in
// order), and Keras 3's .weights.h5 (layers/CLASS_N/vars/N, since 3.7 with the layer's name beside them).

import { type Hdf5Object, openHdf5 } from '../../../data/hdf5/hdf5.ts';
import { parseJson } from '../../../data/json.ts';
import { type AnyTensor, isDtype } from '../../../data/tensor.ts';
import { DataError, WeightsError } from '../../../runtime/errors.ts';
import type { WeightsContents } from '../contents.ts';
import { type KerasFile, kerasContents } from './contents.ts';
import { type KerasLayer, variableName } from './layers.ts';
import { readTopology, type Topology } from './topology.ts';

/** @throws DataError where the file is damaged; WeightsError where it is not a DenseNet's that is supported */
export function readKerasH5(bytes: Uint8Array, file: string): WeightsContents {
  const root = openHdf5(bytes, file);
  const config = root.text('model_config');
  const topology = config === undefined ? undefined : readTopology(parseJson(config, `${file}: model_config`), file);
  return kerasContents({ format: 'keras-h5', ...layersOf(root, topology, file), topology }, file);
}

/** The layers of a file of either form. */
export function layersOf(
  root: Hdf5Object,
  topology: Topology | undefined,
  file: string,
): Pick<KerasFile, 'layers' | 'passedOver'> {
  const passedOver = ['optimizer_weights', 'optimizer'].filter((name) => root.names.includes(name));
  const group = root.get('model_weights') ?? root;
  const names = listOf(group, 'layer_names');
  if (names) return { layers: namedLayers(group, names, file), passedOver };
  const found: Numbered[] = [];
  walk(root, '', found, 0, file);
  if (found.length === 0) {
    const shown = root.names.slice(0, 4).join(', ') || 'nothing';
    throw new WeightsError(file, `is an HDF5 file, but not as Keras saves weights: it holds ${shown}`);
  }
  return { layers: inOrder(found, topology), passedOver };
}

/** A list that may be in pieces: HDF5 keeps no more than 64 kB of one. */
function listOf(group: Hdf5Object, name: string): readonly string[] | undefined {
  const whole = group.texts(name);
  if (whole) return whole;
  if (!group.attributeNames.includes(`${name}0`)) return undefined;
  const all: string[] = [];
  for (let i = 0; ; i++) {
    const part = group.texts(`${name}${i}`);
    if (!part) return all;
    all.push(...part);
  }
}

function namedLayers(group: Hdf5Object, names: readonly string[], file: string): readonly KerasLayer[] {
  const layers = new Map<string, Map<string, AnyTensor>>();
  for (const layerName of new Set(names)) {
    const layer = group.get(layerName);
    if (!layer || layer.isDataset) throw new DataError(file, group.at, `damaged: the layer ${layerName} is not in it`);
    const variables = listOf(layer, 'weight_names') ?? [];
    const owners = new Set(variables.map(ownerOf));
    for (const variable of variables) {
      const dataset = layer.get(variable);
      if (!dataset) throw new DataError(file, layer.at, `damaged: ${variable} is not in the layer ${layerName}`);
      // A model within the model has the variables of all its layers; elsewhere the group's name is the layer's.
      const owner = owners.size === 1 ? layerName : ownerOf(variable);
      const own = layers.get(owner) ?? new Map<string, AnyTensor>();
      layers.set(owner, own.set(plainName(variable), readTensor(dataset)));
    }
  }
  return [...layers].map(([name, variables]) => ({ name, variables }));
}

/** `conv1/bn` of `conv1/bn/gamma:0`. */
const ownerOf = (variable: string) => variable.slice(0, Math.max(0, variable.lastIndexOf('/')));
const plainName = (variable: string) => variable.slice(variable.lastIndexOf('/') + 1).replace(/:\d+$/, '');

function readTensor(dataset: Hdf5Object): AnyTensor {
  const { dtype, shape, bytes } = dataset.read();
  // Keras 3 says of bfloat16, which HDF5 does not have, what it is.
  const name = dataset.attributeNames.includes('dtype') ? (dataset.text('dtype') ?? '') : '';
  const own = name === 'bfloat16' && bytes ? 'BF16' : dtype;
  return isDtype(own) && bytes ? { dtype: own, shape, bytes } : { dtype: own, shape };
}

interface Numbered extends KerasLayer {
  readonly path: string;
}

const MOST_DEPTH = 16;

/** Every `vars` of a file of Keras 3, but those of the optimizer, and of states that are no layer's weights. */
function walk(group: Hdf5Object, path: string, found: Numbered[], depth: number, file: string): void {
  if (depth > MOST_DEPTH) throw new DataError(file, group.at, 'damaged: groups within groups without end');
  for (const name of group.names) {
    if (/^(optimizer|optimizer_weights|metrics|_metrics|_loss_tracker|seed_generator)$/.test(name)) continue;
    const child = group.get(name);
    if (!child || child.isDataset) continue;
    if (name !== 'vars') {
      walk(child, path === '' ? name : `${path}/${name}`, found, depth + 1, file);
      continue;
    }
    const { names } = child;
    if (names.length === 0) continue;
    const kind = path.slice(path.lastIndexOf('/') + 1);
    const variables = new Map<string, AnyTensor>();
    for (const index of names) {
      const dataset = child.get(index);
      if (dataset?.isDataset) variables.set(variableName(kind, index, names.length), readTensor(dataset));
    }
    const own = child.attributeNames.includes('name') ? child.text('name') : undefined;
    found.push({ path, name: own ?? path, variables });
  }
}

/** In the model's order, under its names, where it is known; else class by class by their numbers. */
function inOrder(found: readonly Numbered[], topology: Topology | undefined): readonly KerasLayer[] {
  if (!topology) return found.toSorted((a, b) => a.path.localeCompare(b.path, 'en', { numeric: true }));
  const described = topology.layers.map(({ path, name }) => [path, name] as const);
  const places = new Map(described.map(([path], i) => [path, i]));
  const names = new Map(described);
  const place = ({ path }: Numbered) => places.get(path) ?? described.length;
  return found
    .toSorted((a, b) => place(a) - place(b))
    .map(({ path, name, variables }) => ({ name: names.get(path) ?? name, variables }));
}
