// `densenet explain`: why a network gives an image its logit of one class, as a picture or as numbers to compare with another
// program's.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { colourMap } from '../../src/data/colour-map.ts';
import { NOTE_TEXTS, PICTURE_DEFAULTS, type PictureOptions } from '../../src/data/picture-options.ts';
import { writeSafetensors } from '../../src/data/safetensors.ts';
import { float32Tensor, type Tensor } from '../../src/data/tensor.ts';
import { INTEGRATION_RULES, type IntegrationRule } from '../../src/densenet/explain/integrated-gradients.ts';
import { EXPLAIN_METHODS, type ExplainMethod, type ExplainRequest } from '../../src/densenet/explain/methods.ts';
import { SMOOTH_GRAD, smoothGradNoise } from '../../src/densenet/explain/smooth-grad.ts';
import { buildNetwork } from '../../src/densenet/network.ts';
import { normalised } from '../../src/densenet/normalisation.ts';
import { writeCheckpoint } from '../../src/densenet/train/checkpoint.ts';
import type { ImportedNetwork } from '../../src/densenet/weights/import-options.ts';
import type { ExplainAnswer, ExplainEvent, ExplainReport } from '../../src/jobs/explain.ts';
import { ConfigError } from '../../src/runtime/errors.ts';
import { addPictureOptions, readImage } from '../decode-image.ts';
import { checkOutput, writeWhole } from '../files.ts';
import { openSession } from '../host/session.ts';
import { checkFinite, checkShape, isTensorFile, readTensorInput } from '../input-images.ts';
import { addGlobalOptions, fraction, globalOptions, whole } from '../options.ts';
import { note, print } from '../output.ts';
import { addWeightsOptions, readWeights, type WeightsOptions } from '../weights-file.ts';

interface ExplainOptions extends PictureOptions, WeightsOptions {
  readonly checkpoint: string;
  readonly method: ExplainMethod;
  readonly class: number;
  readonly out: string;
  readonly block?: string;
  readonly signed?: boolean;
  readonly samples?: number;
  readonly level?: number;
  readonly seed?: number;
  readonly withNoise?: boolean;
  readonly steps?: number;
  readonly rule?: IntegrationRule;
  readonly baseline?: number;
  readonly window?: readonly [number, number];
  readonly stride?: readonly [number, number];
}

export function register(program: Command): void {
  addPictureOptions(addWeightsOptions(addGlobalOptions(program.command('explain'))))
    .description('show which parts of an image a DenseNet bases a class on')
    .argument('<image>', 'JPEG, PNG, WebP, GIF, TIFF or AVIF; or .npy, .safetensors: float32 [1,C,H,W], normalised')
    .requiredOption('--checkpoint <file>', "safetensors: from train, or any DenseNet's (torchvision, timm …)")
    .addOption(new Option('--method <name>', 'explanation method').choices(EXPLAIN_METHODS).makeOptionMandatory())
    .requiredOption('--class <k>', 'class to explain, counted from 0', whole(0))
    .requiredOption('--out <file>', '.png: the map over the image; .safetensors: map, attribution, input')
    .option('--block <name>', 'grad-cam: a dense block by number, or denseblock2, transition1, norm5 …')
    .option('--signed', 'grad-cam: keep negative evidence too (no ReLU)')
    .option('--samples <n>', 'smooth-grad: number of noisy copies', whole(1))
    .option(
      '--level <share>',
      "smooth-grad: standard deviation of the noise, as a share of the input's range",
      fraction(0),
    )
    .option('--seed <n>', 'smooth-grad: seed of the noise', whole(0))
    .option('--with-noise', 'smooth-grad: also write the noise to the .safetensors file')
    .option('--steps <n>', 'integrated-gradients: number of points', whole(1))
    .addOption(
      new Option('--rule <name>', 'integrated-gradients: integration rule, as in Captum').choices(INTEGRATION_RULES),
    )
    .option('--baseline <value>', 'integrated-gradients, occlusion: baseline, a normalised value', number)
    .option('--window <rows,columns>', 'occlusion: size of the covered window', pair)
    .option('--stride <rows,columns>', 'occlusion: step from one window to the next', pair)
    .addHelpText(
      'after',
      '\nGradients are those of the logit (before softmax) with respect to the normalised input.\n' +
        '\nExample:\n  densenet explain --checkpoint densenet.safetensors --method grad-cam --block 2 --class 9 boot.png --out boot-why.png',
    )
    .action(async (file: string, options: ExplainOptions, command: Command) => {
      const host = globalOptions(command);
      await checkOutput('--out', options.out);
      if (!/\.(png|safetensors)$/i.test(options.out))
        throw new ConfigError('--out', options.out, 'must end in .png or .safetensors');
      const explained = await readExplained(file, options.checkpoint, options, options);
      const { config, state } = explained.network;
      const request = requestOf(options);
      const session = await openSession(host);
      try {
        note(`${session.host}: ${session.adapter.name}`);
        const checkpoint = writeCheckpoint(buildNetwork(config), state);
        const input = { request, checkpoint, image: explained.input };
        const found = await session.run('explain', input, { onEvent: progress() });
        const bytes = /\.png$/i.test(options.out)
          ? await explanationPng(explained, found)
          : explanationTensors(explained, found, request, options.withNoise === true);
        await writeWhole(options.out, bytes);
        print(summary(options, found.report));
      } finally {
        await session.close();
      }
    });
}

/** Only what was given: the methods have their own defaults. */
function requestOf({ class: label, block, ...options }: ExplainOptions): ExplainRequest {
  const { method, signed, samples, level, seed, steps, rule, baseline, window, stride } = options;
  const given = { signed, samples, level, seed, steps, rule, baseline, window, stride };
  return {
    method,
    label,
    ...(block !== undefined && { target: /^\d+$/.test(block) ? `denseblock${block}` : block }),
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  };
}

function summary({ method, class: label, out }: ExplainOptions, report: ExplainReport): string {
  const { height, width, milliseconds, completeness } = report;
  const line = `${out}: ${method} of class ${label}, ${height}x${width}, ${milliseconds.toFixed(0)} ms`;
  if (!completeness) return line;
  const { error, difference } = completeness;
  return `${line}\ncompleteness: off by ${error.toPrecision(3)} of ${difference.toPrecision(6)}`;
}

/** Reports every tenth of a long explanation. */
function progress(): (event: ExplainEvent) => void {
  let reported = 0;
  return ({ done, total }) => {
    const tenth = Math.floor((10 * done) / total);
    if (tenth > reported && done < total) note(`${done} of ${total}`);
    reported = tenth;
  };
}

function number(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(value)) return value;
  throw new InvalidArgumentError('It must be a number.');
}

function pair(text: string): readonly [number, number] {
  const [rows = 0, columns = 0, ...rest] = text.split(',').map(whole(1));
  if (rest.length === 0 && columns > 0) return [rows, columns];
  throw new InvalidArgumentError('It must be two whole numbers: rows,columns.');
}

export interface ExplainedInput {
  readonly network: ImportedNetwork;
  /** [C][H][W] as the network takes it. */
  readonly input: Float32Array<ArrayBuffer>;
  /** The picture's bytes [C][H][W]; undefined for a tensor. */
  readonly pixels: Uint8Array | undefined;
}

/** @throws ConfigError, DataError, WeightsError for files that are not what they should be or do not fit each other; DenseNetError ('not-finite') for a tensor that is not finite */
async function readExplained(
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
  if (count !== 1) throw new ConfigError('image', file, `holds ${count} images; give one at a time`);
  const network = await readWeights(checkpoint, options, { size: { channels, height, width } });
  const { inputChannels, ...config } = network.config;
  checkShape(tensor, { channels: inputChannels, height: config.height, width: config.width });
  checkFinite(values, tensor, file);
  return { network, pixels: undefined, input: Float32Array.from(values) };
}

/** The shorter side of a picture at least: what is smaller is enlarged. */
const LEAST_SIDE = 224;

/** PNG: the map over the input in grey, as large as the input, or a whole number of times that. */
export async function explanationPng(
  { network, input, pixels }: ExplainedInput,
  found: ExplainAnswer,
): Promise<Uint8Array> {
  const { default: sharp } = await import('sharp');
  const { inputChannels, height, width } = network.config;
  const scale = Math.max(1, Math.ceil(LEAST_SIDE / Math.min(height, width)));
  const [rows, columns] = [height * scale, width * scale];
  const { height: mapHeight, width: mapWidth, signed } = found.report;
  const { data } = colourMap(found.map, { height: mapHeight, width: mapWidth, rows, columns, signed });
  const grey = greyOf(pixels ?? stretched(input), inputChannels, height * width);
  const out = new Uint8Array(3 * rows * columns);
  for (let i = 0; i < rows * columns; i++) {
    const at = Math.floor(Math.floor(i / columns) / scale) * width + Math.floor((i % columns) / scale);
    const share = ((data[4 * i + 3] ?? 0) / 255) * 0.8;
    for (let c = 0; c < 3; c++) out[3 * i + c] = (grey[at] ?? 0) * (1 - share) + (data[4 * i + c] ?? 0) * share;
  }
  return new Uint8Array(
    await sharp(out, { raw: { width: columns, height: rows, channels: 3 } })
      .png()
      .toBuffer(),
  );
}

/**
 * safetensors: `map` [H,W], `attribution` [C,H,W] where there is one, `input` [C,H,W] as the network took it, and (asked
 * for) `noise` [samples,C,H,W] as SmoothGrad added it.
 */
export function explanationTensors(
  { network, input }: ExplainedInput,
  { report, map, attribution }: ExplainAnswer,
  request: ExplainRequest,
  withNoise: boolean,
): Uint8Array {
  const { inputChannels, height, width } = network.config;
  const shape = [inputChannels, height, width];
  const tensors = new Map<string, Tensor>([
    ['map', float32Tensor([report.height, report.width], map)],
    ['input', float32Tensor(shape, input)],
  ]);
  if (attribution) tensors.set('attribution', float32Tensor(shape, attribution));
  if (withNoise && request.method === 'smooth-grad') {
    const samples = request.samples ?? SMOOTH_GRAD.samples;
    const noise = new Float32Array(samples * input.length);
    for (let s = 0; s < samples; s++) noise.set(smoothGradNoise(input, s, request), s * input.length);
    tensors.set('noise', float32Tensor([samples, ...shape], noise));
  }
  return writeSafetensors(tensors, { explanation: JSON.stringify({ ...request, ...report }) });
}

/** Any values as bytes, the least black and the most white. */
function stretched(values: Float32Array): Uint8Array {
  const least = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const most = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return Uint8Array.from(values, (value) => (255 * (value - least)) / (most - least || 1));
}

/** The mean over the channels. */
function greyOf(pixels: Uint8Array, channels: number, area: number): Float32Array {
  const grey = new Float32Array(area);
  for (const [i, value] of pixels.entries()) grey[i % area] = (grey[i % area] ?? 0) + value / channels;
  return grey;
}
