// The images that cost a network most, as pictures for a report: each with what it is, what it was taken for, and where the network
// looked (Grad-CAM of what was predicted).
import type { ImageDataset } from '../../src/data/dataset.ts';
import { normalised } from '../../src/densenet/normalisation.ts';
import type { ImportedNetwork } from '../../src/densenet/weights/import-options.ts';
import type { JobClient } from '../../src/jobs/define-job.ts';
import type { HostJobs } from '../../src/jobs/registry.ts';
import { imageLosses, topLosses } from '../../src/metrics/log-loss.ts';
import { probabilitiesOf } from '../../src/metrics/probabilities.ts';
import type { Mistake } from '../../src/report/report-data.ts';
import { DenseNetError } from '../../src/runtime/errors.ts';
import { explanationPng } from '../heat-maps.ts';
import { note } from '../output.ts';
import { preparation } from './logits.ts';
import type { PredictionRows } from './predictions-csv.ts';

export interface MistakeOptions extends PredictionRows {
  readonly client: JobClient<HostJobs>;
  /** A safetensors file of the network. */
  readonly checkpoint: Uint8Array;
  readonly network: ImportedNetwork;
  readonly images: ImageDataset;
  /** At most so many. */
  readonly most: number;
}

/** As many are shown unless an option says otherwise. */
export const MISTAKES = 12;

/** The wrong images with the largest losses, worst first. @throws what reading the images or the job throws */
export async function worstMistakes(options: MistakeOptions): Promise<Mistake[]> {
  const { logits, labels, classNames, temperature, most } = options;
  const losses = imageLosses(logits, labels, classNames.length, temperature);
  const wrong: Mistake[] = [];
  for (const image of topLosses(losses, losses.length)) {
    if (wrong.length >= most) break;
    const decision = decisionOf(image, options);
    if (!decision) continue;
    const { explained, ...said } = decision;
    const pictures = await picturesOf(image, explained, options);
    wrong.push({ name: options.imageName(image), loss: losses[image] ?? 0, ...said, ...pictures });
  }
  return wrong;
}

/** What an image is and was taken for; undefined where that is right. */
function decisionOf(image: number, { logits, labels, classNames, temperature, thresholds }: PredictionRows) {
  const classes = classNames.length;
  const row = logits.subarray(image * classes, (image + 1) * classes);
  const name = (k: number) => classNames[k] ?? String(k);
  const all = [...classNames.keys()];
  if (labels instanceof Int32Array) {
    const label = labels[image] ?? 0;
    const probabilities = probabilitiesOf(row, 'single-label', temperature);
    const explained = row.indexOf(row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY));
    if (explained === label) return undefined;
    return { label: name(label), predicted: name(explained), probability: probabilities[explained] ?? 0, explained };
  }
  const probabilities = probabilitiesOf(row, 'multi-label', temperature);
  const truth = (k: number) => labels[image * classes + k] ?? Number.NaN;
  const present = (k: number) => (probabilities[k] ?? 0) >= (thresholds[k] ?? 0.5);
  const wrong = all.filter((k) => !Number.isNaN(truth(k)) && present(k) !== (truth(k) === 1));
  if (wrong.length === 0) return undefined;
  const surest = (k: number) => Math.abs((probabilities[k] ?? 0) - truth(k));
  const explained = wrong.reduce((a, b) => (surest(b) > surest(a) ? b : a));
  const listed = (of: readonly number[]) => (of.length === 0 ? 'none' : of.map(name).join(', '));
  return {
    label: listed(all.filter((k) => truth(k) === 1)),
    predicted: listed(all.filter(present)),
    probability: probabilities[explained] ?? 0,
    explained,
  };
}

async function picturesOf(
  image: number,
  label: number,
  { client, checkpoint, network, images, imageName }: MistakeOptions,
): Promise<Pick<Mistake, 'picture' | 'heatMap'>> {
  const stored = new Uint8Array(images.channels * images.height * images.width);
  await images.read([image], stored);
  const { channels } = network.preprocessing;
  const pixels = preparation(images, network.preprocessing)(stored);
  const input = normalised(pixels, network.preprocessing, channels);
  const picture = await picturePng(pixels, network.preprocessing);
  try {
    const found = await client.run('explain', { request: { method: 'grad-cam', label }, checkpoint, image: input });
    return { picture, heatMap: pngAddress(await explanationPng({ network, input, pixels }, found)) };
  } catch (error) {
    if (!(error instanceof DenseNetError) || error.code !== 'not-finite') throw error;
    note(`${imageName(image)} has no heat map: ${error.message}`);
    return { picture };
  }
}

/** Bytes [C][H][W] as a PNG's address. */
async function picturePng(
  planes: Uint8Array,
  { channels, height, width }: { readonly channels: number; readonly height: number; readonly width: number },
): Promise<string> {
  const { default: sharp } = await import('sharp');
  const area = height * width;
  const shown = channels === 3 ? 3 : 1;
  const pixels = Uint8Array.from(
    { length: area * shown },
    (_, i) => planes[(i % shown) * area + Math.floor(i / shown)] ?? 0,
  );
  const raw = { width, height, channels: shown } as const;
  return pngAddress(await sharp(pixels, { raw }).png().toBuffer());
}

const pngAddress = (png: Uint8Array): string => `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
