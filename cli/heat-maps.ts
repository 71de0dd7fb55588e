// What commands that explain predictions share: the options of the methods, and an explanation as a picture or as numbers to
// compare with another program's.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { colourMap } from '../src/data/colour-map.ts';
import { writeSafetensors } from '../src/data/safetensors.ts';
import { float32Tensor, type Tensor } from '../src/data/tensor.ts';
import { INTEGRATION_RULES, type IntegrationRule } from '../src/densenet/explain/integrated-gradients.ts';
import type { ExplainMethod, ExplainRequest } from '../src/densenet/explain/methods.ts';
import { SMOOTH_GRAD, smoothGradNoise } from '../src/densenet/explain/smooth-grad.ts';
import type { ImportedNetwork } from '../src/densenet/weights/import-options.ts';
import type { ExplainAnswer } from '../src/jobs/explain.ts';
import { fraction, whole } from './options.ts';

/** Options of the explanation methods; left out, they are the method's defaults. */
export interface MethodOptions {
  readonly block?: string;
  readonly signed?: boolean;
  readonly samples?: number;
  readonly level?: number;
  readonly seed?: number;
  readonly steps?: number;
  readonly rule?: IntegrationRule;
  readonly baseline?: number;
  readonly window?: readonly [number, number];
  readonly stride?: readonly [number, number];
}

/** Adds them to a command. */
export const addMethodOptions = (command: Command): Command =>
  command
    .option('--block <name>', 'grad-cam: a dense block by number, or denseblock2, transition1, norm5 …')
    .option('--signed', 'grad-cam: keep negative evidence too (no ReLU)')
    .option('--samples <n>', 'smooth-grad: number of noisy copies', whole(1))
    .option(
      '--level <share>',
      "smooth-grad: standard deviation of the noise, as a share of the input's range",
      fraction(0),
    )
    .option('--seed <n>', 'smooth-grad: seed of the noise', whole(0))
    .option('--steps <n>', 'integrated-gradients: number of points', whole(1))
    .addOption(
      new Option('--rule <name>', 'integrated-gradients: integration rule, as in Captum').choices(INTEGRATION_RULES),
    )
    .option('--baseline <value>', 'integrated-gradients, occlusion: baseline, a normalised value', number)
    .option('--window <rows,columns>', 'occlusion: size of the covered window', pair)
    .option('--stride <rows,columns>', 'occlusion: step from one window to the next', pair);

/** An explanation's request. Only what was given: the methods have their own defaults. */
export function explainRequest(method: ExplainMethod, label: number, options: MethodOptions): ExplainRequest {
  const { block, ...given } = methodOptions(options);
  return {
    method,
    label,
    ...(block !== undefined && { target: /^\d+$/.test(block) ? `denseblock${block}` : block }),
    ...given,
  };
}

/** Those of a command's options that were given and are a method's. */
export function methodOptions(options: MethodOptions): MethodOptions {
  const { block, signed, samples, level, seed, steps, rule, baseline, window, stride } = options;
  const given = { block, signed, samples, level, seed, steps, rule, baseline, window, stride };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
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
