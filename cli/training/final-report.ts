// The end of a run that has a folder: its best network on the validation images and, once and only now, on the test images, and
// `report.html`. Test images choose nothing: the epoch was chosen by the validation images, and so are thresholds. The networks
// are on the disk before it begins, and nothing that fails here loses them.
import { basename } from 'node:path';
import process from 'node:process';
import type { ImageDataset } from '../../src/data/dataset.ts';
import { configToJson } from '../../src/densenet/config-json.ts';
import { augmentationText } from '../../src/densenet/train/augmentation.ts';
import { trainingRecord } from '../../src/densenet/train/checkpoint.ts';
import { hyperparametersOf, hyperparametersToJson } from '../../src/densenet/train/hyperparameters.ts';
import { optimizerText } from '../../src/densenet/train/optimizers.ts';
import type { ImportedNetwork } from '../../src/densenet/weights/import-options.ts';
import type { TrainingSettings } from '../../src/jobs/train-request.ts';
import type { FactGroup } from '../../src/report/report-data.ts';
import { duration, percent, thousands } from '../../ui/number-text.ts';
import { type EvaluatedSplit, evaluatedSplit, logitsRunner } from '../evaluation/evaluated-split.ts';
import { evaluateSplit, fitOn, mistakesOf, type SplitResult, saveChosen } from '../evaluation/evaluation.ts';
import { MISTAKES } from '../evaluation/mistakes.ts';
import { evaluationReport, factsOf } from '../evaluation/report-file.ts';
import { EXIT, interruptCode } from '../exit.ts';
import { isFile, type Saved, writeSomewhere } from '../files.ts';
import type { Session } from '../host/session.ts';
import { shortName } from '../networks.ts';
import { note } from '../output.ts';
import { testTimeOf } from '../test-time.ts';
import { readWeightsFile } from '../weights-file.ts';
import type { OpenedData } from './opened-data.ts';
import { quoted, type TrainingResult } from './run.ts';
import { shortPath } from './run-files.ts';
import type { RunFolder } from './run-folder.ts';

export interface RunToReport {
  readonly session: Session;
  readonly folder: RunFolder;
  readonly trained: TrainingResult;
  readonly settings: TrainingSettings;
  readonly data: OpenedData;
  /** The data set's path. */
  readonly source: string;
}

/** A split in a few numbers; NaN: not defined. */
export interface Figures {
  readonly images: number;
  readonly loss: number;
  readonly accuracy: number;
  /** Others by name. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** What a run's end says of its network. */
export interface RunReport {
  /** The network's file. */
  readonly checkpoint: string;
  readonly figures: Readonly<Partial<Record<'val' | 'test', Figures>>>;
  /** The report's file. */
  readonly report: Saved;
}

/**
 * Evaluates the run's network and writes the report; where that fails, a message says so.
 * @param signal ends it
 * @returns what it came to, and the exit code of the whole
 */
export async function reportRun(
  run: RunToReport,
  signal: AbortSignal,
): Promise<{ readonly report: RunReport | undefined; readonly code: number }> {
  try {
    const report = await unlessAborted(madeReport(run), signal);
    const { path, problem } = report.report;
    if (problem === undefined) return { report, code: EXIT.done };
    note(`densenet: ${problem}`);
    note(`the report was saved to ${path}`);
    return { report, code: EXIT.checkFailed };
  } catch (error) {
    const why = signal.aborted ? 'interrupted' : error instanceof Error ? error.message : String(error);
    note(`densenet: the run is complete, but there is no report: ${why}`);
    const [file, data] = [await checkpointOf(run), run.source].map((path) => quoted(shortPath(path)));
    note(`to make one: densenet evaluate --checkpoint ${file} --data ${data} --report report.html`);
    return { report: undefined, code: signal.aborted ? interruptCode() : EXIT.checkFailed };
  }
}

/** Rejects at the signal. The work then fails where it next needs its host, which is about to be closed. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(new Error('interrupted'));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop);
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

async function madeReport(of: RunToReport): Promise<RunReport> {
  const { session, folder, trained, settings, data, source } = of;
  const checkpoint = await checkpointOf(of);
  const file = await readWeightsFile(checkpoint, {});
  const { network } = file;
  const views = testTimeOf(undefined, network.preprocessing);
  const run = logitsRunner(session, network, { precision: settings.precision, views });
  const named = (split: 'val' | 'test', images: ImageDataset | undefined) =>
    images && evaluatedSplit({ split, images }, network);
  const [validation, test] = [named('val', data.validation), named('test', data.test)];
  const fit =
    validation?.multiLabel === true
      ? await fitOn(validation, run, network, { calibrate: false, rule: { kind: 'youden' } })
      : undefined;
  if (fit && validation && checkpoint === folder.files.best) {
    await saveChosen(checkpoint, { file: checkpoint, ...file, of: validation, fit });
    note(`${checkpoint} has a threshold per label now, chosen on the validation images`);
  }
  const evaluate = (split: EvaluatedSplit | undefined, isReported: boolean) =>
    split && evaluateSplit(split, run, fit ?? network, { ...(!isReported && { resamples: 0 }), curves: isReported });
  const val = await evaluate(validation, !test);
  const tested = await evaluate(test, true);
  const figures = { ...(val && { val: figuresOf(val) }), ...(tested && { test: figuresOf(tested) }) };
  const reported = tested ?? val;
  const html = evaluationReport({
    checkpoint,
    data: source,
    network,
    classNames: data.training.classNames,
    splits: {
      train: data.training,
      ...(data.validation && { val: data.validation }),
      ...(data.test && { test: data.test }),
    },
    split: reported?.of.split,
    evaluation: reported?.evaluation,
    mistakes: reported ? await mistakesOf(reported, { client: session, run, network, most: MISTAKES }) : [],
    notes: notesOf(figures),
    host: session.host,
    adapter: session.adapter.name,
    tta: null,
    epochs: trained.epochs,
    bestEpoch: epochOf(of, network),
    run: factGroups(of, figures),
  });
  for (const [split, found] of Object.entries(figures))
    trained.recorder?.evaluated({ split, checkpoint: basename(checkpoint), ...found });
  return { checkpoint, figures, report: await writeSomewhere(folder.files.report, [], new TextEncoder().encode(html)) };
}

/** The best network, or where no epoch was validated the last. */
const checkpointOf = async ({ folder, trained }: RunToReport): Promise<string> =>
  (await isFile(folder.files.best)) ? folder.files.best : trained.saved.path;

/** The epoch after which a network was written, from 0. */
function epochOf({ trained }: RunToReport, { metadata }: ImportedNetwork): number | undefined {
  const { updates } = trainingRecord(metadata);
  const perEpoch = trained.report.updates / trained.epochs.length;
  return typeof updates === 'number' ? Math.round(updates / perEpoch) - 1 : undefined;
}

function figuresOf({ evaluation }: SplitResult): Figures {
  const { images, loss, accuracy, macro, macroAuroc, calibration } = evaluation;
  const number = (value: number | { readonly value: number } | null) =>
    value === null ? Number.NaN : typeof value === 'number' ? value : value.value;
  return {
    images,
    loss: number(loss),
    accuracy: number(accuracy),
    metrics: {
      macro_f1: macro.f1,
      macro_auroc: number(macroAuroc),
      calibration_error: number(calibration.expectedCalibrationError),
    },
  };
}

const notesOf = ({ val, test }: RunReport['figures']): string[] => {
  if (test) return [];
  return val
    ? [
        'The best epoch was chosen by these validation images: on other images expect less. A test set (--test) would say how much.',
      ]
    : ['There are no validation or test images: nothing was evaluated.'];
};

function factGroups(
  { folder, trained, settings, source }: RunToReport,
  { val, test }: RunReport['figures'],
): FactGroup[] {
  const { report, epochs } = trained;
  const { config, ...hyperparameters } = hyperparametersToJson(settings);
  return [
    {
      title: 'Run',
      facts: [
        ['folder', folder.path],
        ['data', source],
        ['network', shortName(settings.config)],
        ['epochs', epochs.length],
        ['updates', report.updates],
        ['training time', duration(report.seconds)],
        ['stopped early', report.stoppedEarly ? 'yes' : 'no'],
        ...(test && val ? [['validation accuracy', percent(val.accuracy)] as const] : []),
      ],
    },
    {
      title: 'Hyperparameters',
      facts: factsOf({
        ...hyperparameters,
        optimizer: optimizerText(settings.optimizer),
        augment: augmentationText(hyperparametersOf(settings).augment),
      }),
    },
    { title: 'Architecture', facts: factsOf({ ...configToJson(settings.config) }) },
    {
      title: 'Versions',
      facts: [
        ['node', process.version],
        ['platform', `${process.platform} ${process.arch}`],
      ],
    },
  ];
}

/** How well the network does, on the test images where there are such, and where the report is. */
export function reportLines({ checkpoint, figures, report }: RunReport): string[] {
  const { val, test } = figures;
  const found = test ?? val;
  const place = `report: ${report.path}`;
  if (!found) return [place];
  const images = `${thousands(found.images)} ${found.images === 1 ? 'image' : 'images'}`;
  const accuracy = `${test ? 'test' : 'validation'} accuracy ${percent(found.accuracy)}`;
  return [`${accuracy} (${images}, ${basename(checkpoint)})`, place];
}
