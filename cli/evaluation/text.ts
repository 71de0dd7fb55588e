// An evaluation as text for a terminal.
import type { Estimate } from '../../src/metrics/estimates.ts';
import type { EvaluationReport } from '../../src/metrics/evaluation.ts';
import type { MultiLabelEvaluation } from '../../src/metrics/multi-label.ts';
import type { SingleLabelEvaluation } from '../../src/metrics/single-label.ts';
import { percent, thousands } from '../../ui/number-text.ts';
import { table } from '../../ui/text-table.ts';

/** Classes up to which the whole confusion matrix is printed; of more, the commonest confusions. */
const MATRIX = 20;
const CONFUSIONS = 15;

export function evaluationText(evaluation: EvaluationReport): string {
  return evaluation.task === 'single-label' ? singleLabelText(evaluation) : multiLabelText(evaluation);
}

function singleLabelText(of: SingleLabelEvaluation): string {
  const { accuracy, top5Accuracy, loss, macro, weighted, calibration } = of;
  const top5 = top5Accuracy === null ? '' : `, top-5 ${percent(top5Accuracy)}`;
  const lines = [
    `top-1 accuracy ${percentEstimate(accuracy)}${top5}; balanced ${percent(of.balancedAccuracy)}`,
    `log loss ${estimateText(loss)}; Brier score ${fixed(of.brierScore)}; ${calibrationText(calibration.expectedCalibrationError, of.temperature)}`,
    `AUROC (one against the rest) ${estimateText(of.macroAuroc)}, average precision ${estimateText(of.macroAveragePrecision)}: means over classes`,
    '',
    table(
      ['class', 'images', 'predicted', 'precision', 'recall', 'F1', 'AUROC', 'avg. precision'],
      [
        ...of.classes.map((one) => [
          ...[one.name, thousands(one.support), thousands(one.predicted)],
          ...[fixed(one.precision), fixed(one.recall), fixed(one.f1)],
          ...[estimateText(one.auroc), estimateText(one.averagePrecision)],
        ]),
        ['macro average', '', '', fixed(macro.precision), fixed(macro.recall), fixed(macro.f1), '', ''],
        ['weighted average', '', '', fixed(weighted.precision), fixed(weighted.recall), fixed(weighted.f1), '', ''],
      ],
    ),
    '',
    confusionText(of),
  ];
  return [...lines, ...bootstrapText(of)].join('\n');
}

/** The matrix, or of many classes its largest cells off the diagonal. */
function confusionText({ confusion, classes }: SingleLabelEvaluation): string {
  if (classes.length <= MATRIX) {
    const heading = ['is \\ predicted', ...classes.map((_, k) => String(k)), ''];
    const rows = confusion.map((row, k) => [`${k}`, ...row.map(String), classes[k]?.name ?? '']);
    return `confusion matrix\n${table(heading, rows)}`;
  }
  const cells = confusion.flatMap((row, is) => row.map((count, predicted) => ({ is, predicted, count })));
  const wrong = cells
    .filter(({ is, predicted, count }) => is !== predicted && count > 0)
    .sort((a, b) => b.count - a.count)
    .slice(0, CONFUSIONS);
  if (wrong.length === 0) return 'no confusions';
  const name = (k: number) => classes[k]?.name ?? String(k);
  const rows = wrong.map(({ is, predicted, count }) => [thousands(count), name(is), name(predicted)]);
  return `the commonest confusions\n${table(['images', 'is', 'predicted'], rows)}`;
}

function multiLabelText(of: MultiLabelEvaluation): string {
  const { macro, micro, weighted, calibration } = of;
  const averages = (name: string, { precision, recall, f1 }: typeof macro) => [
    ...[name, '', '', '', '', '', ''],
    ...[fixed(recall), '', fixed(precision), fixed(f1)],
  ];
  const lines = [
    `AUROC ${estimateText(of.macroAuroc)}, average precision ${estimateText(of.macroAveragePrecision)}: means over labels`,
    `log loss ${fixed(of.loss)}; ${calibrationText(calibration.expectedCalibrationError, of.temperature)}`,
    `labels right ${share(of.accuracy)}; all labels of an image right ${of.exactMatch ? percentEstimate(of.exactMatch) : '–'}`,
    '',
    table(
      [
        'label',
        'with',
        'without',
        'unknown',
        'AUROC',
        'avg. precision',
        'threshold',
        'sensitivity',
        'specificity',
        'precision',
        'F1',
      ],
      [
        ...of.labels.map((one) => [
          ...[one.name, thousands(one.positives), thousands(one.negatives), thousands(one.missing)],
          ...[estimateText(one.auroc), estimateText(one.averagePrecision), fixed(one.threshold)],
          ...[fixed(one.recall), fixed(one.specificity), fixed(one.precision), fixed(one.f1)],
        ]),
        averages('macro average', macro),
        averages('micro average', micro),
        averages('weighted average', weighted),
      ],
    ),
    ...(of.labels.length <= MATRIX ? ['', labelConfusions(of)] : []),
  ];
  return [...lines, ...bootstrapText(of)].join('\n');
}

function labelConfusions({ labels }: MultiLabelEvaluation): string {
  const rows = labels.map((one) => [
    ...[one.name, String(one.truePositives), String(one.falseNegatives)],
    ...[String(one.falsePositives), String(one.trueNegatives)],
  ]);
  return `decisions at the thresholds\n${table(['label', 'found', 'missed', 'false alarms', 'rightly absent'], rows)}`;
}

function bootstrapText({ bootstrap }: EvaluationReport): string[] {
  const { resamples, confidence, seed } = bootstrap;
  if (resamples === 0) return ['', 'without intervals (--resamples N computes them)'];
  const level = `${Number((100 * confidence).toPrecision(4))}%`;
  return ['', `in brackets: ${level} bootstrap percentile intervals, ${resamples} resamples, seed ${seed}`];
}

function calibrationText(error: number | null, temperature: number): string {
  const calibrated = temperature === 1 ? '' : ` (temperature ${Number(temperature.toPrecision(5))})`;
  return `expected calibration error ${fixed(error)}${calibrated}`;
}

const fixed = (value: number | null): string => (value === null ? '–' : value.toFixed(3));
const share = (value: number | null): string => (value === null ? '–' : percent(value));

function estimateText(estimate: Estimate | null): string {
  if (!estimate) return '–';
  const { value, interval } = estimate;
  return interval ? `${fixed(value)} [${fixed(interval.low)}, ${fixed(interval.high)}]` : fixed(value);
}

function percentEstimate({ value, interval }: Estimate): string {
  return interval ? `${percent(value)} [${percent(interval.low)}, ${percent(interval.high)}]` : percent(value);
}
