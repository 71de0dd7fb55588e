// `densenet explain`: why a network gives an image its logit of one class, as a picture or as numbers to hold against
// another program's.
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { PictureOptions } from '../../src/data/picture-options.ts';
import { INTEGRATION_RULES, type IntegrationRule } from '../../src/densenet/explain/integrated-gradients.ts';
import { EXPLAIN_METHODS, type ExplainMethod, type ExplainRequest } from '../../src/densenet/explain/methods.ts';
import { buildNetwork } from '../../src/densenet/network.ts';
import { writeCheckpoint } from '../../src/densenet/train/checkpoint.ts';
import type { ExplainEvent, ExplainReport } from '../../src/jobs/explain.ts';
import { ConfigError } from '../../src/runtime/errors.ts';
import { addPictureOptions } from '../decode-image.ts';
import { explanationPng, explanationTensors } from '../explanation-file.ts';
import { readExplained } from '../explanation-input.ts';
import { addGlobalOptions, globalOptions } from '../global-options.ts';
import { openSession } from '../host/session.ts';
import { fraction, whole } from '../option-values.ts';
import { note, print } from '../output.ts';
import { checkOutput, writeWhole } from '../output-file.ts';
import { addWeightsOptions, type WeightsOptions } from '../weights-file.ts';

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
    .description('say where in an image a class of a DenseNet comes from')
    .argument('<image>', 'JPEG, PNG, WebP, GIF, TIFF or AVIF; or .npy, .safetensors: float32 [1,C,H,W], normalised')
    .requiredOption('--checkpoint <file>', "safetensors: from train, or any DenseNet's (torchvision, timm …)")
    .addOption(new Option('--method <name>', 'how').choices(EXPLAIN_METHODS).makeOptionMandatory())
    .requiredOption('--class <k>', 'which class, counted from 0', whole(0))
    .requiredOption('--out <file>', '.png: the map over the image; .safetensors: map, attribution, input')
    .option('--block <name>', 'grad-cam: a dense block by number, or denseblock2, transition1, norm5 …')
    .option('--signed', 'grad-cam: keep what lowers the class too (no ReLU)')
    .option('--samples <n>', 'smooth-grad: noisy copies', whole(1))
    .option('--level <share>', "smooth-grad: noise, of the input's range", fraction(0))
    .option('--seed <n>', 'smooth-grad: of the noise', whole(0))
    .option('--with-noise', 'smooth-grad: the noise too, as a tensor of the .safetensors')
    .option('--steps <n>', 'integrated-gradients: points', whole(1))
    .addOption(new Option('--rule <name>', "integrated-gradients: as Captum's").choices(INTEGRATION_RULES))
    .option('--baseline <value>', 'integrated-gradients, occlusion: a normalised value', number)
    .option('--window <rows,columns>', 'occlusion: what is covered at a time', pair)
    .option('--stride <rows,columns>', 'occlusion: from one window to the next', pair)
    .addHelpText(
      'after',
      '\nGradients are those of the logit, before any softmax, with respect to the normalised input.\n' +
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

/** Tells every tenth of a long explanation. */
function progress(): (event: ExplainEvent) => void {
  let told = 0;
  return ({ done, total }) => {
    const tenth = Math.floor((10 * done) / total);
    if (tenth > told && done < total) note(`${done} of ${total}`);
    told = tenth;
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
