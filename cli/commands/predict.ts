// `densenet predict`: what a network sees in image files, or its logits for tensors.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { ImportedNetwork } from '../../src/densenet/import/import-weights.ts';
import { lacksImagenetNames, withImagenetNames } from '../../src/densenet/import/labelling.ts';
import { describeReport } from '../../src/densenet/import/report.ts';
import { buildNetwork } from '../../src/densenet/network.ts';
import type { Precision } from '../../src/densenet/plan/precision.ts';
import { writeCheckpoint } from '../../src/densenet/training/checkpoint.ts';
import { ConfigError } from '../../src/runtime/errors.ts';
import { printable } from '../../src/runtime/printable.ts';
import { readImage } from '../decode-image.ts';
import { addGlobalOptions, globalOptions } from '../global-options.ts';
import { packageRoot } from '../host/package-root.ts';
import { openSession } from '../host/session.ts';
import { percent } from '../number-text.ts';
import { whole } from '../option-values.ts';
import { note, print, printJson } from '../output.ts';
import { precisionOption } from '../precision-option.ts';
import { type PreparedImage, predictLogits } from '../prediction.ts';
import { commonSize, isTensorFile, readTensorInput } from '../tensor-input.ts';
import { type ClassProbability, topClasses } from '../top-classes.ts';
import { addWeightsOptions, readWeights, type WeightsOptions } from '../weights-file.ts';

interface PredictOptions extends WeightsOptions {
  readonly checkpoint: string;
  readonly multiLabel?: boolean;
  readonly top: number;
  readonly precision: Precision;
  readonly report?: boolean;
  readonly json?: boolean;
}

export function register(program: Command): void {
  addWeightsOptions(addGlobalOptions(program.command('predict')))
    .description('classify image files, or tensors, with the weights of a DenseNet')
    .argument('<image...>', 'JPEG, PNG, WebP, GIF, TIFF or AVIF; or .npy, .safetensors: float32 [N,C,H,W], normalised')
    .requiredOption('--checkpoint <file>', "safetensors: from train, or any DenseNet's (torchvision, timm …)")
    .option('--labels <file>', 'class names: one per line, CSV or JSON')
    .option('--multi-label', 'classes may hold at once: a sigmoid each')
    .option('--no-multi-label', 'one class an image: a softmax over all')
    .option('--top <n>', 'classes an image', whole(1), 5)
    .addOption(precisionOption())
    .option('--report', 'say what was recognised in the weights, and what was assumed')
    .option('--json', 'print JSON, with all logits')
    .addHelpText(
      'after',
      '\nExamples:\n  densenet predict --checkpoint densenet.safetensors shoe.png bag.jpg --top 3\n' +
        '  densenet predict --checkpoint model.safetensors --preprocessing config.json cat.jpg\n' +
        '  densenet predict --checkpoint model.safetensors input.npy --json',
    )
    .action(async (files: string[], options: PredictOptions, command: Command) => {
      const host = globalOptions(command);
      const tensors = await readTensors(files);
      const network = await readNetwork(options, tensors);
      const { config, preprocessing, classNames, multiLabel, state } = network;
      const images = tensors ?? (await readImages(files, network));
      if (options.report) for (const line of describeReport(network.report)) note(line);
      else if (!tensors) noteAssumption(network);
      const session = await openSession(host);
      try {
        note(`${session.host}: ${session.adapter.name}`);
        const checkpoint = writeCheckpoint(buildNetwork(config), state);
        const normalisation = tensors ? undefined : preprocessing;
        const logits = await predictLogits(session, checkpoint, images, normalisation, options.precision);
        const results = logits.map((row, i) => ({
          file: images[i]?.name ?? '',
          classes: topClasses(row, options.top, classNames, multiLabel),
          logits: Array.from(row),
        }));
        if (options.json) return printJson(results);
        for (const { file, classes } of results) print([file, ...classes.map(classLine)].map(printable).join('\n'));
      } finally {
        await session.close();
      }
    });
}

const classLine = ({ name, probability }: ClassProbability) => `${percent(probability).padStart(7)}  ${name}`;

interface TensorImage extends PreparedImage {
  readonly size: { readonly channels: number; readonly height: number; readonly width: number };
}

/** Every image of every tensor; undefined where the files are pictures. */
async function readTensors(files: readonly string[]): Promise<TensorImage[] | undefined> {
  const picture = files.find((file) => !isTensorFile(file));
  if (picture !== undefined) {
    const tensor = files.find(isTensorFile);
    if (tensor === undefined) return undefined;
    throw new ConfigError('image', tensor, `is a tensor and ${picture} a picture; give them one after another`);
  }
  const inputs = await Promise.all(files.map(readTensorInput));
  commonSize(inputs);
  return inputs.flatMap(({ file, count, values, channels, height, width }) => {
    const length = channels * height * width;
    return Array.from({ length: count }, (_, i) => ({
      name: count === 1 ? file : `${file}[${i}]`,
      pixels: values.slice(i * length, (i + 1) * length),
      size: { channels, height, width },
    }));
  });
}

async function readNetwork(
  { checkpoint, multiLabel, ...weights }: PredictOptions,
  tensors: readonly TensorImage[] | undefined,
): Promise<ImportedNetwork> {
  const size = tensors?.[0]?.size;
  const network = await readWeights(checkpoint, weights, {
    multiLabel,
    ...(size && { size: { height: size.height, width: size.width } }),
  });
  const { inputChannels } = network.config;
  if (size && size.channels !== inputChannels) {
    throw new ConfigError(
      'image',
      tensors?.[0]?.name,
      `has ${size.channels} channels, the network takes ${inputChannels}`,
    );
  }
  if (!lacksImagenetNames(network)) return network;
  const names = await readFile(join(packageRoot, 'data/imagenet/class-names.txt'), 'utf8');
  return withImagenetNames(network, names.trim().split('\n'));
}

async function readImages(files: readonly string[], { preprocessing }: ImportedNetwork): Promise<PreparedImage[]> {
  const images: PreparedImage[] = [];
  for (const name of files) images.push({ name, pixels: await readImage(name, preprocessing) });
  return images;
}

/** How images are prepared where nothing says how. */
function noteAssumption({ report, preprocessing }: ImportedNetwork): void {
  const { preprocessing: source } = report.sources;
  if (source === 'metadata' || source === 'config') return;
  const { height, width, mean, std } = preprocessing;
  note(
    `the weights do not say how their images were prepared; assumed: ${width}x${height}, mean ${mean.join(' ')}, ` +
      `std ${std.join(' ')} (--preprocessing says otherwise)`,
  );
}
