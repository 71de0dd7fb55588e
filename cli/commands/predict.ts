// `densenet predict`: the classes of image files, or the logits of tensors.
import process from 'node:process';
import { type Command, Option } from 'commander';
import type { DeepOptions } from '../../src/data/deep-image.ts';
import { EXPLAIN_METHODS, type ExplainMethod } from '../../src/densenet/explain/methods.ts';
import type { Precision } from '../../src/densenet/plan/feature-map.ts';
import type { TestTimeAugmentation } from '../../src/densenet/test-time.ts';
import type { ImportedNetwork } from '../../src/densenet/weights/import-options.ts';
import { describeReport } from '../../src/densenet/weights/report.ts';
import { PREDICT_BATCH } from '../../src/jobs/predict.ts';
import { ConfigError } from '../../src/runtime/errors.ts';
import { addPictureOptions } from '../decode-image.ts';
import { EXIT, interruptCode, interruptSignal } from '../exit.ts';
import { addMethodOptions, type MethodOptions, methodOptions } from '../heat-maps.ts';
import type { ImageShape } from '../input-images.ts';
import { addGlobalOptions, globalOptions, precisionOption, whole } from '../options.ts';
import { note } from '../output.ts';
import { HeatMapFolder, labelsOf, MAP_TYPES, type MapType } from '../predict/heat-map-folder.ts';
import { RowFile, type RowOutput, standardOutput } from '../predict/row-output.ts';
import { formatOf, ROW_FORMATS, type RowFormatName } from '../predict/rows.ts';
import { openInput, type PredictResult, predictAll } from '../predict/run.ts';
import { testTimeOption } from '../test-time.ts';
import { addWeightsOptions, noteAssumedPreprocessing, readNamedWeights, type WeightsOptions } from '../weights-file.ts';

interface PredictOptions extends DeepOptions, WeightsOptions, MethodOptions {
  readonly checkpoint: string;
  readonly multiLabel?: boolean;
  readonly top: number;
  readonly batch: number;
  readonly precision: Precision;
  readonly tta?: TestTimeAugmentation;
  readonly report?: boolean;
  readonly json?: boolean;
  readonly jsonl?: boolean;
  readonly csv?: boolean;
  readonly output?: string;
  readonly overwrite?: boolean;
  readonly explain?: ExplainMethod;
  readonly out?: string;
  readonly class?: readonly string[];
  readonly maps: MapType;
}

export function register(program: Command): void {
  const command = addPictureOptions(addWeightsOptions(addGlobalOptions(program.command('predict'))))
    .description('classify image files, or tensors, with the weights of a DenseNet')
    .argument(
      '<image...>',
      'JPEG, PNG, WebP, GIF, TIFF, AVIF or DICOM; or .npy, .safetensors: float32 [N,C,H,W], normalised; folders of pictures, ' +
        "quoted patterns ('photos/**/*.jpg'), or -: paths on standard input",
    )
    .requiredOption('--checkpoint <file>', "safetensors: from train, or any DenseNet's (torchvision, timm …)")
    .option('--labels <file>', 'class names: one per line, CSV or JSON')
    .option('--multi-label', 'several classes may apply at once: a sigmoid for each')
    .option('--no-multi-label', 'one class per image: a softmax over all')
    .option('--top <n>', 'classes to print per image', whole(1), 5)
    .option('--batch <n>', 'images per run of the GPU', whole(1, 4096), PREDICT_BATCH)
    .addOption(precisionOption())
    .addOption(testTimeOption())
    .option('--report', 'print what was recognised in the weights, and what was assumed')
    .addOption(new Option('--json', 'print one JSON array, with all logits').conflicts(['jsonl', 'csv']))
    .addOption(new Option('--jsonl', 'print JSON, one line per image, with all logits').conflicts('csv'))
    .option('--csv', 'print CSV: file, class, probability, the probability of each class, error')
    .option('--output <file>', 'write to a file: .csv, .json, .jsonl or text, unless an option says which')
    .option('--overwrite', 'replace existing files')
    .addOption(new Option('--explain <method>', 'also write heat maps').choices(EXPLAIN_METHODS))
    .option('--out <folder>', '--explain: where to write the heat maps, and index.csv')
    .option(
      '--class <list>',
      '--explain: classes by number or name, separated by commas (default: the predicted ones)',
      (text: string, before: readonly string[] = []) => [...before, text],
    )
    .addOption(new Option('--maps <type>', '--explain: pictures or numbers').choices(MAP_TYPES).default('png'));
  addMethodOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  densenet predict --checkpoint densenet.safetensors shoe.png bag.jpg --top 3
  densenet predict --checkpoint model.safetensors --preprocessing config.json cat.jpg
  densenet predict --checkpoint model.safetensors input.npy --json
  densenet predict --checkpoint model.safetensors photos --output results.csv
  densenet predict --checkpoint model.safetensors 'photos/**/*.jpg' --jsonl > results.jsonl
  find photos -name '*.jpg' -print0 | densenet predict --checkpoint model.safetensors - --csv
  densenet predict --checkpoint model.safetensors photos --explain grad-cam --out maps

Results are printed as they are computed, in the order of the inputs; the files of a folder are sorted by their paths. A file
that cannot be classified becomes a row with its error; the others go on. --output writes to FILE.partial and renames it at
the end. Of several classes at once, those count as present whose probability reaches the checkpoint's threshold, or 0.5.
Exit codes: 0 all files were classified, 1 some were not (see their rows), 2 the options or the weights are wrong,
130 interrupted, 141 nobody reads the output any more.
Pixels are those of Pillow's Image.open(file).convert('RGB'): alpha is dropped, the colours under it are kept.`,
    )
    .action(async (inputs: string[], options: PredictOptions, command: Command) => {
      const host = globalOptions(command);
      checkExplainOptions(options);
      const input = await openInput(inputs);
      const network = await readNetwork(options, input.tensors?.shape);
      if (options.report) for (const line of describeReport(network.report)) note(line);
      else if (!input.tensors) noteAssumedPreprocessing(network, 'assuming');
      const labels = options.class && labelsOf(options.class, network);
      const { classNames, multiLabel, thresholds, temperature } = network;
      const { classes } = network.config;
      const formatName = formatNameOf(options);
      const format = ROW_FORMATS[formatName]({
        classes,
        classNames,
        multiLabel,
        thresholds,
        temperature,
        top: options.top,
      });
      const signal = interruptSignal();
      const out = await openOutput(options, signal);
      let maps: HeatMapFolder | undefined;
      let result: PredictResult | undefined;
      try {
        maps = await openHeatMaps(options, network, labels);
        const isQuiet = options.output !== undefined || process.stdout.isTTY !== true;
        result = await predictAll(input, network, { ...options, host, signal, format, out, maps, isQuiet });
      } finally {
        const isComplete = result?.isComplete === true;
        await Promise.all([maps?.end(isComplete), out.end(isComplete)]);
      }
      if (signal.aborted) process.exitCode = interruptCode();
      else if (result.failures > 0) process.exitCode = EXIT.checkFailed;
    });
}

/** Of explanations, where none is asked for. @throws ConfigError */
function checkExplainOptions(options: PredictOptions): void {
  const { explain, out } = options;
  if (explain !== undefined && out === undefined)
    throw new ConfigError('--out', null, 'is missing: --explain needs a folder to write heat maps to');
  if (explain !== undefined) return;
  const given = Object.entries({ out, class: options.class, ...methodOptions(options) });
  const [name, value] = given.find(([, value]) => value !== undefined) ?? [];
  if (name !== undefined) throw new ConfigError(`--${name}`, value, 'belongs to --explain METHOD, which is missing');
}

function formatNameOf({ json, jsonl, csv, output = '' }: PredictOptions): RowFormatName {
  if (json) return 'json';
  if (jsonl) return 'jsonl';
  return csv ? 'csv' : formatOf(output);
}

const openOutput = async ({ output, overwrite = false }: PredictOptions, signal: AbortSignal): Promise<RowOutput> =>
  output === undefined ? standardOutput(signal) : RowFile.open('--output', output, overwrite);

async function openHeatMaps(
  { explain: method, out, maps: type, overwrite = false, ...options }: PredictOptions,
  network: ImportedNetwork,
  labels: readonly number[] | undefined,
): Promise<HeatMapFolder | undefined> {
  if (method === undefined || out === undefined) return undefined;
  return HeatMapFolder.open('--out', out, network, { ...methodOptions(options), method, type, labels, overwrite });
}

async function readNetwork(
  { checkpoint, multiLabel, ...weights }: PredictOptions,
  size: ImageShape | undefined,
): Promise<ImportedNetwork> {
  const { channels, height, width } = size ?? {};
  return readNamedWeights(checkpoint, weights, {
    multiLabel,
    ...(height !== undefined && width !== undefined && { size: { channels, height, width } }),
  });
}
