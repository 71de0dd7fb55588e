// `densenet predict`: the classes of image files, or the logits of tensors.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { type Command, Option } from 'commander';
import type { PictureNote, PictureOptions } from '../../src/data/picture-options.ts';
import type { Preprocessing } from '../../src/data/preprocess.ts';
import { buildNetwork } from '../../src/densenet/network.ts';
import type { Precision } from '../../src/densenet/plan/feature-map.ts';
import { TEST_TIME_AUGMENTATION_NAMES, type TestTimeAugmentation } from '../../src/densenet/test-time.ts';
import { writeCheckpoint } from '../../src/densenet/train/checkpoint.ts';
import { lacksImagenetNames, withImagenetNames } from '../../src/densenet/weights/head.ts';
import type { ImportedNetwork } from '../../src/densenet/weights/import-options.ts';
import { describeReport } from '../../src/densenet/weights/report.ts';
import { ConfigError, type DenseNetError } from '../../src/runtime/errors.ts';
import { printable } from '../../src/runtime/printable.ts';
import { percent } from '../../ui/number-text.ts';
import { addPictureOptions, NOTE_TEXTS } from '../decode-image.ts';
import { EXIT } from '../exit.ts';
import { packageRoot } from '../host/package-root.ts';
import { openSession, type Session } from '../host/session.ts';
import type { ImageShape } from '../input-images.ts';
import { areTensors, pictures, TensorFiles } from '../input-images.ts';
import { addGlobalOptions, globalOptions, precisionOption, whole } from '../options.ts';
import { jsonText, note, print, write } from '../output.ts';
import { type ClassProbability, predictions, topClasses } from '../prediction.ts';
import { addWeightsOptions, readWeights, type WeightsOptions } from '../weights-file.ts';

interface PredictOptions extends PictureOptions, WeightsOptions {
  readonly checkpoint: string;
  readonly multiLabel?: boolean;
  readonly top: number;
  readonly precision: Precision;
  readonly tta?: TestTimeAugmentation;
  readonly report?: boolean;
  readonly json?: boolean;
  readonly jsonl?: boolean;
}

export function register(program: Command): void {
  addPictureOptions(addWeightsOptions(addGlobalOptions(program.command('predict'))))
    .description('classify image files, or tensors, with the weights of a DenseNet')
    .argument('<image...>', 'JPEG, PNG, WebP, GIF, TIFF or AVIF; or .npy, .safetensors: float32 [N,C,H,W], normalised')
    .requiredOption('--checkpoint <file>', "safetensors: from train, or any DenseNet's (torchvision, timm …)")
    .option('--labels <file>', 'class names: one per line, CSV or JSON')
    .option('--multi-label', 'several classes may apply at once: a sigmoid for each')
    .option('--no-multi-label', 'one class per image: a softmax over all')
    .option('--top <n>', 'classes to print per image', whole(1), 5)
    .addOption(precisionOption())
    .addOption(
      new Option(
        '--tta <views>',
        'test-time augmentation: average the probabilities of several views of an image',
      ).choices(TEST_TIME_AUGMENTATION_NAMES),
    )
    .option('--report', 'print what was recognised in the weights, and what was assumed')
    .addOption(new Option('--json', 'print one JSON array, with all logits').conflicts('jsonl'))
    .option('--jsonl', 'print JSON, one line per image, with all logits')
    .addHelpText(
      'after',
      '\nExamples:\n  densenet predict --checkpoint densenet.safetensors shoe.png bag.jpg --top 3\n' +
        '  densenet predict --checkpoint model.safetensors --preprocessing config.json cat.jpg\n' +
        '  densenet predict --checkpoint model.safetensors input.npy --json\n' +
        '  densenet predict --checkpoint model.safetensors photos/*.jpg --jsonl > results.jsonl\n\n' +
        'Results are printed as they are computed. A file that cannot be classified becomes a row with its error; the others go on.\n' +
        'Exit codes: 0 all files were classified, 1 some were not (see their rows), 2 the options or the weights are wrong.\n' +
        "Pixels are those of Pillow's Image.open(file).convert('RGB'): alpha is dropped, the colours under it are kept.",
    )
    .action(async (files: string[], options: PredictOptions, command: Command) => {
      const host = globalOptions(command);
      const tensors = areTensors(files) ? await TensorFiles.open(files) : undefined;
      const network = await readNetwork(options, tensors?.shape);
      const { config, preprocessing, classNames, multiLabel, state } = network;
      if (options.report) for (const line of describeReport(network.report)) note(line);
      else if (!tensors) noteAssumption(network);
      const { inputChannels: channels, height, width } = config;
      if (tensors && options.tta === 'five-crop')
        throw new ConfigError('--tta', options.tta, 'needs pictures: tensors have the size of one crop');
      const source = options.tta === 'five-crop' ? fiveCropSource(preprocessing) : undefined;
      const testTime = options.tta && { kind: options.tta, source, multiLabel };
      const prepared = source ? { ...preprocessing, ...source } : preprocessing;
      const images = tensors?.images({ channels, height, width }) ?? pictures(files, prepared, options);
      const checkpoint = writeCheckpoint(buildNetwork(config), state);
      let session: Session | undefined;
      const open = async () => {
        session = await openSession(host);
        note(`${session.host}: ${session.adapter.name}`);
        return session;
      };
      const normalisation = tensors ? undefined : preprocessing;
      const rows = predictions(images, open, { checkpoint, normalisation, precision: options.precision, testTime });
      const out = new RowWriter(options);
      try {
        for await (const row of rows) {
          if ('error' in row) out.failed(row.name, row.error);
          else {
            const { image, logits } = row;
            const classes = topClasses(logits, options.top, classNames, multiLabel);
            out.row({ file: image.name, classes, logits: Array.from(logits), ...noted(image.notes) }, image.notes);
          }
        }
      } finally {
        out.end();
        await session?.close();
      }
      if (out.failures > 0) process.exitCode = EXIT.checkFailed;
    });
}

/** What five crops are cut from: as large as the resized image, or an eighth larger where that is no larger than a crop. */
function fiveCropSource({
  height,
  width,
  resize,
}: Preprocessing): Required<Pick<Preprocessing, 'height' | 'width' | 'resize'>> {
  if (typeof resize === 'number' && resize > Math.max(height, width)) return { height: resize, width: resize, resize };
  const larger = { height: Math.round((height * 8) / 7), width: Math.round((width * 8) / 7) };
  return { ...larger, resize: larger };
}

const noted = (notes: readonly PictureNote[]) => (notes.length > 0 ? { notes } : {});

const classLine = ({ name, probability }: ClassProbability) => `${percent(probability).padStart(7)}  ${name}`;

interface Row {
  readonly file: string;
  readonly classes: readonly ClassProbability[];
  readonly logits: readonly number[];
  readonly notes?: readonly PictureNote[];
}

/** Prints each result as it comes: as text, as the elements of one JSON array, or as lines of JSON. */
class RowWriter {
  failures = 0;
  private count = 0;
  private readonly shown = new Set<PictureNote>();

  constructor(private readonly form: Pick<PredictOptions, 'json' | 'jsonl'>) {}

  row(row: Row, notes: readonly PictureNote[]): void {
    for (const kind of notes) {
      // Once for each kind: there may be thousands of files.
      if (!this.shown.has(kind)) note(`${row.file} ${NOTE_TEXTS[kind]} (shown once per kind)`);
      this.shown.add(kind);
    }
    this.write(row, [row.file, ...row.classes.map(classLine)]);
  }

  failed(file: string, { code, message }: DenseNetError): void {
    this.failures++;
    this.write({ file, error: message, code }, [file, `  error: ${message}`]);
  }

  /** Ends the document, also where something else went wrong on the way. */
  end(): void {
    if (this.form.json) print(this.count > 0 ? '\n]' : '[]');
    if (this.failures > 0) note(`${this.failures} of ${this.count} could not be classified`);
  }

  private write(value: object, lines: readonly string[]): void {
    const first = this.count++ === 0;
    if (this.form.jsonl) print(jsonText(value, 0));
    else if (this.form.json) write(`${first ? '[' : ','}\n${indented(jsonText(value))}`);
    else print(lines.map(printable).join('\n'));
  }
}

const indented = (text: string) => text.replace(/^/gm, '  ');

async function readNetwork(
  { checkpoint, multiLabel, ...weights }: PredictOptions,
  size: ImageShape | undefined,
): Promise<ImportedNetwork> {
  const { channels, height, width } = size ?? {};
  const network = await readWeights(checkpoint, weights, {
    multiLabel,
    ...(height !== undefined && width !== undefined && { size: { channels, height, width } }),
  });
  if (!lacksImagenetNames(network)) return network;
  const names = await readFile(join(packageRoot, 'data/imagenet/class-names.txt'), 'utf8');
  return withImagenetNames(network, names.trim().split('\n'));
}

/** The preprocessing that is assumed where neither the weights nor an option define it. */
function noteAssumption({ report, preprocessing }: ImportedNetwork): void {
  const { preprocessing: source } = report.sources;
  if (source === 'metadata' || source === 'config') return;
  const { height, width, mean, std } = preprocessing;
  note(
    `the weights do not say how their images were preprocessed; assuming ${width}x${height}, mean ${mean.join(' ')}, ` +
      `std ${std.join(' ')} (--preprocessing FILE changes that)`,
  );
}
