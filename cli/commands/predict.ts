// `densenet predict`: what a checkpoint sees in image files.
import type { Command } from 'commander';
import { IMAGENET_NORMALISATION, type Normalisation } from '../../src/densenet/normalisation.ts';
import type { Precision } from '../../src/densenet/plan/precision.ts';
import { type Checkpoint, readCheckpoint } from '../../src/densenet/training/checkpoint.ts';
import { readImage } from '../decode-image.ts';
import { addGlobalOptions, globalOptions } from '../global-options.ts';
import { openSession } from '../host/session.ts';
import { readInputFile } from '../input-file.ts';
import { percent } from '../number-text.ts';
import { whole } from '../option-values.ts';
import { note, print, printJson } from '../output.ts';
import { precisionOption } from '../precision-option.ts';
import { predictLogits } from '../prediction.ts';
import { type ClassProbability, topClasses } from '../top-classes.ts';

interface PredictOptions {
  readonly checkpoint: string;
  readonly top: number;
  readonly precision: Precision;
  readonly json?: boolean;
}

export function register(program: Command): void {
  addGlobalOptions(program.command('predict'))
    .description('classify image files with a checkpoint')
    .argument('<image...>', 'JPEG, PNG, WebP, GIF, TIFF or AVIF')
    .requiredOption('--checkpoint <file>', "safetensors: from train, or any DenseNet's with torchvision's names")
    .option('--top <n>', 'classes an image', whole(1), 5)
    .addOption(precisionOption())
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  densenet predict --checkpoint densenet.safetensors shoe.png bag.jpg --top 3')
    .action(async (files: string[], { checkpoint: path, top, precision, json }: PredictOptions, command: Command) => {
      const host = globalOptions(command);
      const bytes = await readInputFile(path);
      const checkpoint = readCheckpoint(bytes, path);
      const images: { name: string; pixels: Uint8Array }[] = [];
      for (const name of files) images.push({ name, pixels: await readImage(name, checkpoint.config) });
      const session = await openSession(host);
      try {
        note(`${session.host}: ${session.adapter.name}`);
        const logits = await predictLogits(session, bytes, images, normalisationOf(checkpoint), precision);
        const results = logits.map((row, i) => ({
          file: files[i] ?? '',
          classes: topClasses(row, top, checkpoint.classNames),
        }));
        if (json) return printJson(results);
        for (const { file, classes } of results) print([file, ...classes.map(classLine)].join('\n'));
      } finally {
        await session.close();
      }
    });
}

const classLine = ({ name, probability }: ClassProbability) => `${percent(probability).padStart(7)}  ${name}`;

/** The checkpoint's own; where it has none, ImageNet's for colour images, and for others pixels from -1 to 1. */
function normalisationOf({ normalisation, config }: Checkpoint): Normalisation {
  if (normalisation) return normalisation;
  const { inputChannels } = config;
  note(
    `the checkpoint does not say how its images were normalised: ${inputChannels === 3 ? "ImageNet's way" : '-1 to 1'}`,
  );
  if (inputChannels === 3) return IMAGENET_NORMALISATION;
  const halves = Array<number>(inputChannels).fill(0.5);
  return { mean: halves, std: halves };
}
