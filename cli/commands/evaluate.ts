// `densenet evaluate`: how well a checkpoint does on labelled images; and what may be chosen by validation images and kept in the
// checkpoint: its temperature and, of several labels per image, their thresholds.
import { stat } from 'node:fs/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Precision } from '../../src/densenet/plan/feature-map.ts';
import type { TestTimeAugmentation } from '../../src/densenet/test-time.ts';
import type { Decisions, FittedDecisions } from '../../src/metrics/decisions.ts';
import { parseThresholdRule, type ThresholdRule, thresholdRuleText } from '../../src/metrics/thresholds.ts';
import { ConfigError } from '../../src/runtime/errors.ts';
import { thousands } from '../../ui/number-text.ts';
import { addSplitOptions, type DatasetOptions } from '../dataset-options.ts';
import { chooseSplit, openSplits, SPLITS, type Split } from '../evaluation/data.ts';
import { evaluatedSplit, logitsRunner } from '../evaluation/evaluated-split.ts';
import { evaluateSplit, fitOn, mistakesOf, OPTIMISTIC, saveChosen } from '../evaluation/evaluation.ts';
import { MISTAKES } from '../evaluation/mistakes.ts';
import { predictionsCsv } from '../evaluation/predictions-csv.ts';
import { evaluationReport } from '../evaluation/report-file.ts';
import { evaluationText } from '../evaluation/text.ts';
import { checkOutput, writeWhole } from '../files.ts';
import { openSession } from '../host/session.ts';
import { addGlobalOptions, fraction, globalOptions, precisionOption, whole } from '../options.ts';
import { note, print, printJson } from '../output.ts';
import { testTimeOf, testTimeOption } from '../test-time.ts';
import { SAMPLE } from '../training/data.ts';
import { addWeightsOptions, readWeightsFile, type WeightsOptions } from '../weights-file.ts';

interface EvaluateOptions extends WeightsOptions, Omit<DatasetOptions, 'seed' | 'labels' | 'size' | 'mean' | 'std'> {
  readonly checkpoint: string;
  readonly data: string;
  readonly split?: Split;
  readonly fitOn: Split;
  readonly calibrate?: boolean;
  readonly thresholds?: ThresholdRule;
  readonly save?: string;
  readonly overwrite?: boolean;
  readonly predictions?: string;
  readonly report?: string;
  readonly mistakes: number;
  readonly resamples?: number;
  readonly confidence: number;
  readonly seed: number;
  readonly precision: Precision;
  readonly tta?: TestTimeAugmentation;
  readonly json?: boolean;
}

export function register(program: Command): void {
  addSplitOptions(addWeightsOptions(addGlobalOptions(program.command('evaluate'))))
    .description('measure a checkpoint on labelled images: accuracy, loss, AUROC, calibration, per class')
    .requiredOption('--checkpoint <file>', "safetensors: from train, or any DenseNet's (torchvision, timm …)")
    .option('--data <path>', `the data set, as for train, or ${SAMPLE}`, SAMPLE)
    .option('--labels <file>', "names of the checkpoint's classes: one per line, CSV or JSON")
    .addOption(
      new Option('--split <name>', 'which of its images (default: test, where the data set has it)').choices(SPLITS),
    )
    .option('--calibrate', 'fit the temperature that divides the logits, on validation images')
    .addOption(
      new Option(
        '--thresholds <rule>',
        'several labels per image: choose thresholds on validation images: youden, sensitivity=0.9, specificity=0.9',
      ).argParser(thresholdRule),
    )
    .addOption(
      new Option('--fit-on <split>', 'which images --calibrate and --thresholds use').choices(SPLITS).default('val'),
    )
    .option('--save <file>', 'write the checkpoint with that temperature and these thresholds')
    .option('--predictions <file>', "write each image's label, prediction and probabilities as CSV")
    .option('--report <file>', 'write a report: one HTML file, with curves and the worst mistakes as pictures')
    .option('--mistakes <n>', '--report: how many of them', whole(0, 200), MISTAKES)
    .option('--overwrite', 'replace existing files')
    .option('--resamples <n>', 'bootstrap samples for intervals (default: 1000, fewer of many images)', whole(0, 1e6))
    .option('--confidence <share>', 'of the intervals', fraction('above 0', 1), 0.95)
    .option('--seed <n>', 'of the bootstrap', whole(0, 2 ** 32 - 1), 0)
    .addOption(precisionOption())
    .addOption(testTimeOption())
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Classes of the data set and of the checkpoint are matched by name; without names, by number. Images of another size than the
network's are resized as predict does it. A test set is for reporting: temperature and thresholds are chosen on validation images.

Metrics are scikit-learn's: precision, recall and F1 of a class that is never predicted are 0, equal scores count half in AUROC,
average precision is not interpolated. Labels that are missing count nowhere.

--tta predicts an image from several views, as predict does. Their mean probabilities become logits again by the logarithm (softmax)
or the logit (sigmoid), which are then divided by the temperature.

Examples:
  densenet evaluate --checkpoint densenet.safetensors
  densenet evaluate --checkpoint chest.safetensors --data chest.csv --thresholds sensitivity=0.95 --calibrate --save chosen.safetensors
  densenet evaluate --checkpoint densenet.safetensors --report report.html --predictions predictions.csv`,
    )
    .action(async (options: EvaluateOptions, command: Command) => {
      const host = globalOptions(command);
      await checkOptions(options);
      const { network, bytes } = await readWeightsFile(options.checkpoint, options);
      const views = testTimeOf(options.tta, network.preprocessing);
      const opened = { metadata: network.metadata, preprocessing: views.preprocessing };
      const { splits, close } = await openSplits(options.data, splitting(options), opened);
      const reported = evaluatedSplit(chooseSplit(splits, '--split', options.split), network);
      const fits = options.calibrate === true || options.thresholds !== undefined;
      const fitted = fits ? evaluatedSplit(chooseSplit(splits, '--fit-on', options.fitOn), network) : undefined;
      if (options.thresholds && !reported.multiLabel)
        throw new ConfigError('--thresholds', thresholdRuleText(options.thresholds), 'is for several labels per image');
      const session = await openSession(host);
      try {
        note(`${session.host}: ${session.adapter.name}`);
        const run = logitsRunner(session, network, { precision: options.precision, views });
        const { calibrate = false, thresholds: rule, report: file, resamples, confidence, seed } = options;
        const fit = fitted && (await fitOn(fitted, run, network, { calibrate, rule }));
        const decisions: Decisions = fit ?? network;
        const how = { resamples, confidence, seed, curves: file !== undefined };
        const evaluated = await evaluateSplit(reported, run, decisions, how);
        const { evaluation, rows } = evaluated;
        const notes = [
          ...(fit && options.fitOn === reported.split ? [OPTIMISTIC] : []),
          ...(fit && options.tta ? [chosenForViews(options.tta)] : []),
        ];
        for (const line of notes) note(line);
        if (options.save !== undefined && fit) {
          await saveChosen(options.save, { file: options.checkpoint, bytes, network, of: reported, fit });
          const { temperature, thresholds } = fit;
          const chosen = `temperature ${short(temperature)}${thresholds ? ' and thresholds' : ''}`;
          note(`${options.save}: ${options.checkpoint} with ${chosen}`);
        }
        if (options.predictions !== undefined) await writeWhole(options.predictions, predictionsCsv(rows));
        const { checkpoint, data, tta = null } = options;
        const place = { host: session.host, adapter: session.adapter.name };
        const about = { checkpoint, data, split: reported.split, ...place, tta };
        if (file !== undefined) {
          const mistakes = await mistakesOf(evaluated, { client: session, run, network, most: options.mistakes });
          const { classNames } = reported;
          const report = evaluationReport({ ...about, splits, evaluation, mistakes, notes, network, classNames });
          await writeWhole(file, new TextEncoder().encode(report));
        }
        if (options.json) printJson({ ...about, evaluation, fitted: fit ? { split: options.fitOn, ...fit } : null });
        else {
          const averaged = tta ? `, test-time augmentation ${tta}` : '';
          print(`${data}, ${reported.split}: ${thousands(reported.images.count)} images${averaged}`);
          if (fit) print(fitText(fit, options.fitOn));
          print(evaluationText(evaluation));
        }
      } finally {
        await session.close();
        close();
      }
    });
}

/** The options of the data set: --seed and --labels are for something else here. */
const splitting = ({ valSplit, val, test, group, badShare, cache, cacheMemory }: EvaluateOptions): DatasetOptions => ({
  ...(valSplit !== undefined && { valSplit }),
  ...(val !== undefined && { val }),
  ...(test !== undefined && { test }),
  ...(group !== undefined && { group }),
  ...(badShare !== undefined && { badShare }),
  ...(cache !== undefined && { cache }),
  ...(cacheMemory !== undefined && { cacheMemory }),
});

function thresholdRule(text: string): ThresholdRule {
  try {
    return parseThresholdRule(text);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof ConfigError ? `It ${error.problem}.` : String(error));
  }
}

/** @throws ConfigError for options that do not go together, and files that are there or cannot be written */
async function checkOptions(options: EvaluateOptions): Promise<void> {
  const { calibrate, thresholds, save, predictions, report, overwrite } = options;
  if (save !== undefined && calibrate !== true && thresholds === undefined)
    throw new ConfigError('--save', save, 'has nothing to save: give --calibrate or --thresholds RULE');
  for (const [option, path] of Object.entries({ '--save': save, '--predictions': predictions, '--report': report })) {
    if (path === undefined) continue;
    if (!overwrite && (await stat(path).catch(() => undefined)))
      throw new ConfigError(option, path, 'exists already; choose another name, or give --overwrite');
    await checkOutput(option, path);
  }
}

const chosenForViews = (tta: TestTimeAugmentation) =>
  `temperature and thresholds are those of averaged views: use them with --tta ${tta}`;

function fitText({ temperature, temperatureFit, operatingPoints }: FittedDecisions, split: Split): string {
  const lines: string[] = [];
  if (temperatureFit?.determined)
    lines.push(
      `temperature ${short(temperature)}, fitted on ${split}: log loss ${short(temperatureFit.lossBefore)} before, ` +
        `${short(temperatureFit.lossAfter)} after`,
    );
  if (operatingPoints) lines.push(`thresholds chosen on ${split}`);
  return lines.join('\n');
}

const short = (value: number) => Number(value.toPrecision(5));
