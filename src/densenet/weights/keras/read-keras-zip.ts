// Keras 3's .keras: a zip of the model's description (config.json) and its numbers (model.weights.h5).

import { openHdf5 } from '../../../data/hdf5/hdf5.ts';
import { parseJson } from '../../../data/json.ts';
import { refuseOverlaps, zipEntries, zipReader } from '../../../data/unzip.ts';
import { decodeUtf8 } from '../../../data/utf8.ts';
import { DataError } from '../../../runtime/errors.ts';
import type { WeightsContents } from '../contents.ts';
import { kerasContents } from './contents.ts';
import { layersOf } from './read-h5.ts';
import { readTopology } from './topology.ts';

/** @throws DataError where the file is damaged; WeightsError where it is not a DenseNet's that is supported */
export function readKerasZip(bytes: Uint8Array, file: string): WeightsContents {
  const entries = zipEntries(bytes, file);
  refuseOverlaps(bytes, entries, file);
  const read = zipReader(bytes, file);
  const content = (name: string): Uint8Array => {
    const entry = entries.find((one) => one.name === name);
    if (!entry) throw new DataError(file, 0, `is a zip without ${name}: not as Keras saves a model`);
    return read(entry);
  };
  const decoded = decodeUtf8(content('config.json'));
  if (!('text' in decoded)) throw new DataError(file, 0, 'its config.json is not UTF-8');
  const topology = readTopology(parseJson(decoded.text, `${file}: config.json`), file);
  const weights = `${file}: model.weights.h5`;
  const layers = layersOf(openHdf5(content('model.weights.h5'), weights), topology, weights);
  return kerasContents({ format: 'keras-zip', ...layers, topology }, file);
}
