// A file of weights that a user names, and the options that go with it: the same in every command that takes --checkpoint.
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Command, Option } from 'commander';
import { fileKind } from '../src/data/file-kind.ts';
import { readTextFile } from '../src/data/text-file.ts';
import { lacksImagenetNames, withImagenetNames } from '../src/densenet/weights/head.ts';
import type {
  ImportedNetwork,
  ImportOptions,
  SidecarFile,
  WeightsSources,
} from '../src/densenet/weights/import-options.ts';
import { importWeights } from '../src/densenet/weights/import-weights.ts';
import { shardNames } from '../src/densenet/weights/keras/read-tfjs.ts';
import { unusedNote } from '../src/densenet/weights/report.ts';
import { convertedCheckpoint } from '../src/densenet/weights/save-details.ts';
import { inflateIfGzipped } from '../ui/gunzip.ts';
import { readInputFile } from './files.ts';
import { packageRoot } from './host/package-root.ts';
import { fraction, whole } from './options.ts';
import { note } from './output.ts';

export interface WeightsOptions {
  readonly preprocessing?: string;
  readonly labels?: string;
  readonly ignore?: readonly string[];
  readonly batchNormEpsilon?: number;
  readonly inChannels?: number;
}

/** --preprocessing, --ignore, --batch-norm-epsilon, --in-channels. */
export const addWeightsOptions = (command: Command): Command =>
  command
    .option(
      '--preprocessing <file>',
      "timm's config.json of the weights, or Hugging Face's preprocessor_config.json: input size, resizing, mean, std",
    )
    .addOption(
      new Option(
        '--ignore <name...>',
        'tensors of the weights to ignore, though results may differ: names, modules, or globs (*)',
      ).argParser(names),
    )
    .option(
      '--batch-norm-epsilon <e>',
      "batch-norm epsilon of the weights, if it is not PyTorch's 1e-5 (Keras: 1.001e-5)",
      fraction('above 0'),
    )
    .option(
      '--in-channels <n>',
      'for images of so many channels: the first convolution adapted as timm does (summed for 1, else repeated and scaled)',
      whole(1, 1024),
    );

/** Names may also be separated by commas. */
const names = (text: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  ...text.split(',').filter((name) => name !== ''),
];

/**
 * The network of a file; a message says what of the file is not used.
 * @throws ConfigError where a file cannot be read, or a name to ignore is not there; DataError and WeightsError as
 * `importWeights`
 */
export const readWeights = async (
  file: string,
  options: WeightsOptions,
  more?: ImportOptions,
): Promise<ImportedNetwork> => (await readWeightsFile(file, options, more)).network;

/** As `readWeights`, with ImageNet's class names where the weights have none and 1000 classes. */
export async function readNamedWeights(
  file: string,
  options: WeightsOptions,
  more?: ImportOptions,
): Promise<ImportedNetwork> {
  const network = await readWeights(file, options, more);
  if (!lacksImagenetNames(network)) return network;
  const names = await readFile(join(packageRoot, 'data/imagenet/class-names.txt'), 'utf8');
  return withImagenetNames(network, names.trim().split('\n'));
}

/** A note about the preprocessing that `who` assumes where neither the weights nor an option define it. */
export function noteAssumedPreprocessing({ report, preprocessing }: ImportedNetwork, who: string): void {
  const { preprocessing: source } = report.sources;
  if (source === 'metadata' || source === 'config') return;
  const { height, width, mean, std } = preprocessing;
  note(
    `${report.file} does not say how its images were preprocessed; ${who} ${width}x${height}, mean ${mean.join(' ')}, ` +
      `std ${std.join(' ')} (--preprocessing FILE changes that)`,
  );
}

/** As `readWeights`, with the file's bytes, decompressed; of another format than safetensors those of its checkpoint. */
export async function readWeightsFile(
  file: string,
  { preprocessing, labels, ignore, batchNormEpsilon, inChannels }: WeightsOptions,
  more: ImportOptions = {},
): Promise<{ readonly network: ImportedNetwork; readonly bytes: Uint8Array }> {
  const bytes = await readDecompressed(file);
  const network = await importWeights(await withShards(bytes, file), file, {
    config: await readSideFile(preprocessing),
    labels: await readSideFile(labels),
    ignore,
    batchNormEpsilon,
    inputChannels: inChannels,
    ...more,
  });
  for (const line of unusedNote(network.report)) note(line);
  return { network, bytes: network.report.format === 'safetensors' ? bytes : convertedCheckpoint(network) };
}

/** With a TensorFlow.js model's description the files beside it that its weights lie in. @throws ConfigError where one cannot be read */
async function withShards(bytes: Uint8Array, file: string): Promise<WeightsSources> {
  if (fileKind(bytes) !== 'tfjs') return bytes;
  const shards = shardNames(bytes, file).map(async (name) => {
    const content = await readInputFile(join(dirname(file), name));
    return { name, arrayBuffer: async () => content.slice().buffer };
  });
  return [bytes, ...(await Promise.all(shards))];
}

/** The file's bytes, decompressed, with a message, where it is gzipped. */
async function readDecompressed(file: string): Promise<Uint8Array> {
  const bytes = await readInputFile(file);
  const inflated = await inflateIfGzipped(bytes, file);
  if (inflated !== bytes) note(`${file} is compressed with gzip: it is decompressed first`);
  return inflated;
}

/** A file of text; a message says where its encoding is not UTF-8. */
async function readSideFile(name: string | undefined): Promise<SidecarFile | undefined> {
  if (name === undefined) return undefined;
  const { text, encoding } = readTextFile(await readInputFile(name), name);
  if (encoding !== 'UTF-8') note(`${name} is not UTF-8: it is read as ${encoding}`);
  return { name, text };
}
