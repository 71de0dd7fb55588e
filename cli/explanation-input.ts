// What `explain` explains: a network from any file of weights, and one input for it, a picture or a tensor of any size that
// the network takes.
import type { ImportedNetwork } from '../src/densenet/import/import-weights.ts';
import { normalised } from '../src/densenet/normalisation.ts';
import { ConfigError } from '../src/runtime/errors.ts';
import { readImage } from './decode-image.ts';
import { checkChannels, isTensorFile, readTensorInput } from './tensor-input.ts';
import { readWeights, type WeightsOptions } from './weights-file.ts';

export interface ExplainedInput {
  readonly network: ImportedNetwork;
  /** [C][H][W] as the network takes it. */
  readonly input: Float32Array<ArrayBuffer>;
  /** The picture's bytes [C][H][W]; undefined for a tensor. */
  readonly pixels: Uint8Array | undefined;
}

/** @throws ConfigError, DataError, WeightsError for files that are not what they should be or do not fit each other */
export async function readExplained(
  file: string,
  checkpoint: string,
  options: WeightsOptions,
): Promise<ExplainedInput> {
  if (!isTensorFile(file)) {
    const network = await readWeights(checkpoint, options);
    const pixels = await readImage(file, network.preprocessing);
    return { network, pixels, input: normalised(pixels, network.preprocessing, network.config.inputChannels) };
  }
  const { shape, count, height, width, values } = await readTensorInput(file);
  if (count !== 1) throw new ConfigError('image', file, `holds ${count} images; one is explained at a time`);
  const network = await readWeights(checkpoint, options, { size: { height, width } });
  checkChannels({ file, shape }, network.config.inputChannels);
  return { network, pixels: undefined, input: Float32Array.from(values) };
}
