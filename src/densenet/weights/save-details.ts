// A file of weights once more, as a checkpoint of ours: what another program saved, and with what an evaluation has chosen
// (temperature, thresholds). Of a checkpoint of ours every
// tensor and all other metadata stay as they are; of another program's file the network becomes a checkpoint of ours. A training
// run's state becomes its network.

import { readSafetensors, writeSafetensors } from '../../data/safetensors.ts';
import { buildNetwork, type Network } from '../network.ts';
import {
  type CheckpointDetails,
  checkpointMetadata,
  checkpointTensors,
  KEYS,
  withoutOptimizer,
} from '../train/checkpoint.ts';
import type { ImportedNetwork } from './import-options.ts';

/** What an evaluation chooses. */
export type ChosenDetails = Pick<CheckpointDetails, 'temperature' | 'thresholds'>;

/**
 * @param bytes the file that `network` was imported from
 * @param chosen takes the place of what the network has; what is left out stays
 * @throws StateError for a temperature or thresholds that cannot be; DataError for another file
 */
export function withChosenDetails(
  bytes: Uint8Array,
  file: string,
  network: ImportedNetwork,
  chosen: ChosenDetails,
): Uint8Array<ArrayBuffer> {
  const { config, state, report } = network;
  const built = buildNetwork(config);
  const metadata = metadataOf(built, network, chosen);
  const contents = withoutOptimizer(readSafetensors(bytes, file));
  const ours = contents.metadata[KEYS.config] !== undefined && report.ignored.length === 0;
  const {
    [KEYS.run]: _run,
    [KEYS.temperature]: _temperature,
    [KEYS.thresholds]: _thresholds,
    ...kept
  } = contents.metadata;
  const tensors = ours ? contents.tensors : checkpointTensors(built, state, {});
  return writeSafetensors(tensors, { ...kept, ...metadata });
}

/** All that is known of an imported network, from whatever format, as a checkpoint of ours. @throws StateError */
export function convertedCheckpoint(network: ImportedNetwork): Uint8Array<ArrayBuffer> {
  const built = buildNetwork(network.config);
  const { [KEYS.run]: _run, ...kept } = network.metadata;
  const tensors = checkpointTensors(built, network.state, { steps: network.batchesTracked });
  return writeSafetensors(tensors, { ...kept, ...metadataOf(built, network, {}) });
}

function metadataOf(built: Network, network: ImportedNetwork, chosen: ChosenDetails): Record<string, string> {
  const { preprocessing, classNames, multiLabel } = network;
  const { temperature = network.temperature, thresholds = network.thresholds } = chosen;
  const { mean, std, channels: _channels, height: _height, width: _width, ...resizing } = preprocessing;
  return checkpointMetadata(built, {
    ...(classNames && { classNames }),
    normalisation: { mean, std },
    ...(Object.keys(resizing).length > 0 && { resizing }),
    multiLabel,
    ...(temperature !== 1 && { temperature }),
    ...(thresholds && { thresholds }),
  });
}
