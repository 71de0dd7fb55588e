// What `explain` explains: a network from any file of weights, and one input for it, a picture or a tensor of any size that
// the network takes.
import { PICTURE_DEFAULTS, type PictureOptions } from '../src/data/picture-options.ts';
import { normalised } from '../src/densenet/normalisation.ts';
import type { ImportedNetwork } from '../src/densenet/weights/import-weights.ts';
import { ConfigError } from '../src/runtime/errors.ts';
import { NOTE_TEXTS, readImage } from './decode-image.ts';
import { note } from './output.ts';
import { checkFinite, checkShape, isTensorFile, readTensorInput } from './tensor-input.ts';
import { readWeights, type WeightsOptions } from './weights-file.ts';

export interface ExplainedInput {
  readonly network: ImportedNetwork;
  /** [C][H][W] as the network takes it. */
  readonly input: Float32Array<ArrayBuffer>;
  /** The picture's bytes [C][H][W]; undefined for a tensor. */
  readonly pixels: Uint8Array | undefined;
}

/** @throws ConfigError, DataError, WeightsError for files that are not what they should be or do not fit each other; DenseNetError ('not-finite') for a tensor that is not finite */
export async function readExplained(
  file: string,
  checkpoint: string,
  options: WeightsOptions = {},
  pictureOptions: PictureOptions = PICTURE_DEFAULTS,
): Promise<ExplainedInput> {
  if (!isTensorFile(file)) {
    const network = await readWeights(checkpoint, options);
    const { pixels, notes } = await readImage(file, network.preprocessing, pictureOptions);
    for (const kind of notes) note(`${file} ${NOTE_TEXTS[kind]}`);
    return { network, pixels, input: normalised(pixels, network.preprocessing, network.config.inputChannels) };
  }
  const tensor = await readTensorInput(file);
  const { count, channels, height, width, values } = tensor;
  if (count !== 1) throw new ConfigError('image', file, `holds ${count} images; one is explained at a time`);
  const network = await readWeights(checkpoint, options, { size: { channels, height, width } });
  const { inputChannels, ...config } = network.config;
  checkShape(tensor, { channels: inputChannels, height: config.height, width: config.width });
  checkFinite(values, tensor, file);
  return { network, pixels: undefined, input: Float32Array.from(values) };
}
