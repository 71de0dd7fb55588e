// The steps of an evaluation, which `evaluate` and the end of `train` share: what is chosen on validation images, the figures of a
// split, its worst mistakes.
import type { ImportedNetwork } from '../../src/densenet/weights/import-options.ts';
import { importSafetensors } from '../../src/densenet/weights/import-weights.ts';
import { withChosenDetails } from '../../src/densenet/weights/save-details.ts';
import type { JobClient } from '../../src/jobs/define-job.ts';
import type { HostJobs } from '../../src/jobs/registry.ts';
import {
  DEFAULT_THRESHOLD,
  type DecisionOptions,
  type Decisions,
  type FittedDecisions,
  fitDecisions,
} from '../../src/metrics/decisions.ts';
import { checkLogits, type EvaluationReport, evaluateLogits } from '../../src/metrics/evaluation.ts';
import type { Mistake } from '../../src/report/report-data.ts';
import { writeWhole } from '../files.ts';
import { note } from '../output.ts';
import type { EvaluatedSplit, LogitsRunner } from './evaluated-split.ts';
import { worstMistakes } from './mistakes.ts';
import type { PredictionRows } from './predictions-csv.ts';

export const OPTIMISTIC = 'temperature and thresholds were fitted on these very images: the figures are optimistic';

/** Points of a curve in a report. */
const CURVE_POINTS = 200;

/** Chooses temperature and thresholds on the images of a split; messages say what they do not determine. */
export async function fitOn(
  of: EvaluatedSplit,
  run: LogitsRunner,
  network: ImportedNetwork,
  options: Omit<DecisionOptions, 'classNames'>,
): Promise<FittedDecisions> {
  const logits = await run.logits(of);
  checkLogits(logits, of.labels, of);
  const fit = fitDecisions(logits, of.labels, network, { ...options, classNames: of.classNames });
  for (const line of fit.notes) note(line);
  return fit;
}

export interface SplitOptions {
  /** Left out: as many as take little time. */
  readonly resamples?: number | undefined;
  readonly confidence?: number | undefined;
  readonly seed?: number | undefined;
  /** With ROC and precision-recall curves, for a report. */
  readonly curves: boolean;
}

/** A split once it is evaluated. */
export interface SplitResult {
  readonly of: EvaluatedSplit;
  readonly evaluation: EvaluationReport;
  readonly rows: PredictionRows;
}

export async function evaluateSplit(
  of: EvaluatedSplit,
  run: LogitsRunner,
  { temperature, thresholds }: Decisions,
  { resamples, confidence, seed, curves }: SplitOptions,
): Promise<SplitResult> {
  const logits = await run.logits(of);
  const { classNames, imageName, labels } = of;
  const curvePoints = curves ? CURVE_POINTS : 0;
  const options = { classNames, imageName, temperature, thresholds, resamples, confidence, seed, curvePoints };
  const rows = {
    logits,
    labels,
    classNames,
    imageName,
    temperature,
    thresholds: thresholds ?? classNames.map(() => DEFAULT_THRESHOLD),
  };
  return { of, rows, evaluation: evaluateLogits(logits, labels, options) };
}

export interface MistakesFrom {
  readonly client: JobClient<HostJobs>;
  readonly run: LogitsRunner;
  readonly network: ImportedNetwork;
  /** At most so many. */
  readonly most: number;
}

export const mistakesOf = (
  { of, rows }: SplitResult,
  { client, run, network, most }: MistakesFrom,
): Promise<Mistake[]> =>
  worstMistakes({ ...rows, client, checkpoint: run.checkpoint, network, images: of.images, most });

export interface Chosen {
  /** The weights' file and its bytes. */
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly network: ImportedNetwork;
  /** What it was chosen for. */
  readonly of: Pick<EvaluatedSplit, 'multiLabel'>;
  readonly fit: FittedDecisions;
}

/** Writes the checkpoint with what was chosen. @throws StorageError */
export async function saveChosen(path: string, { file, bytes, network, of, fit }: Chosen): Promise<void> {
  const { temperature, thresholds } = fit;
  const named = { ...network, multiLabel: of.multiLabel };
  const saved = withChosenDetails(bytes, file, named, { temperature, ...(thresholds && { thresholds }) });
  await writeWhole(path, saved, (written) => void importSafetensors(written, path));
}
