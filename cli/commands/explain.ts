// `densenet explain`: why a network gives an image its logit of one class, as a picture or as numbers to compare with another
// program's.
import { type Command, Option } from 'commander';
import { type DeepOptions, FILE_NOTE_TEXTS } from '../../src/data/deep-image.ts';
import { PICTURE_DEFAULTS } from '../../src/data/picture-options.ts';
import { EXPLAIN_METHODS, type ExplainMethod } from '../../src/densenet/explain/methods.ts';
import { buildNetwork } from '../../src/densenet/network.ts';
import { normalised } from '../../src/densenet/normalisation.ts';
import { writeCheckpoint } from '../../src/densenet/train/checkpoint.ts';
import type { ExplainEvent, ExplainReport } from '../../src/jobs/explain.ts';
import { ConfigError } from '../../src/runtime/errors.ts';
import { addPictureOptions, readImage } from '../decode-image.ts';
import { checkOutput, writeWhole } from '../files.ts';
import {
  addMethodOptions,
  type ExplainedInput,
  explainRequest,
  explanationPng,
  explanationTensors,
  type MethodOptions,
} from '../heat-maps.ts';
import { openSession } from '../host/session.ts';
import { checkFinite, checkShape, isTensorFile, readTensorInput } from '../input-images.ts';
import { addGlobalOptions, globalOptions, whole } from '../options.ts';
import { note, print } from '../output.ts';
import { addWeightsOptions, readNamedWeights, type WeightsOptions } from '../weights-file.ts';

interface ExplainOptions extends DeepOptions, WeightsOptions, MethodOptions {
  readonly checkpoint: string;
  readonly method: ExplainMethod;
  readonly class: number;
  readonly out: string;
  readonly withNoise?: boolean;
}

export function register(program: Command): void {
  const command = addPictureOptions(addWeightsOptions(addGlobalOptions(program.command('explain'))))
    .description('show which parts of an image a DenseNet bases a class on')
    .argument('<image>', 'JPEG, PNG, WebP, GIF, TIFF or AVIF; or .npy, .safetensors: float32 [1,C,H,W], normalised')
    .requiredOption('--checkpoint <file>', "safetensors: from train, or any DenseNet's (torchvision, timm …)")
    .addOption(new Option('--method <name>', 'explanation method').choices(EXPLAIN_METHODS).makeOptionMandatory())
    .requiredOption('--class <k>', 'class to explain, counted from 0', whole(0))
    .requiredOption('--out <file>', '.png: the map over the image; .safetensors: map, attribution, input');
  addMethodOptions(command)
    .option('--with-noise', 'smooth-grad: also write the noise to the .safetensors file')
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
      const request = explainRequest(options.method, options.class, options);
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

/** @throws ConfigError, DataError, WeightsError for files that are not what they should be or do not fit each other; DenseNetError ('not-finite') for a tensor that is not finite */
async function readExplained(
  file: string,
  checkpoint: string,
  options: WeightsOptions = {},
  pictureOptions: DeepOptions = PICTURE_DEFAULTS,
): Promise<ExplainedInput> {
  if (!isTensorFile(file)) {
    const network = await readNamedWeights(checkpoint, options);
    const { pixels, shown, notes } = await readImage(file, network.preprocessing, pictureOptions);
    for (const kind of notes) note(`${file} ${FILE_NOTE_TEXTS[kind]}`);
    const isByte = pixels instanceof Uint8Array;
    const input = isByte ? normalised(pixels, network.preprocessing, network.config.inputChannels) : pixels;
    return { network, pixels: shown, input };
  }
  const tensor = await readTensorInput(file);
  const { count, channels, height, width, values } = tensor;
  if (count !== 1) throw new ConfigError('image', file, `holds ${count} images; give one at a time`);
  const network = await readNamedWeights(checkpoint, options, { size: { channels, height, width } });
  const { inputChannels, ...config } = network.config;
  checkShape(tensor, { channels: inputChannels, height: config.height, width: config.width });
  checkFinite(values, tensor, file);
  return { network, pixels: undefined, input: Float32Array.from(values) };
}
