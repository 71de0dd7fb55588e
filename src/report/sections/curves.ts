// The parts that are charts: how training went, ROC and precision-recall curves, calibration.

import type { ClassCurves, Estimate } from '../../metrics/estimates.ts';
import type { EvaluationReport } from '../../metrics/evaluation.ts';
import { barChart, type LineChart, lineChart, SERIES_STYLES, type Series } from '../chart.ts';
import { type Html, html } from '../html.ts';
import { count, fixed, percent } from '../numbers.ts';
import type { EpochPoint, ReportData } from '../report-data.ts';

/** Loss, accuracy and learning rate, epoch by epoch. */
export function trainingSection({ epochs = [], bestEpoch }: ReportData): Html | null {
  if (epochs.length === 0) return null;
  const numbers = epochs.map((_, epoch) => epoch + 1);
  const line = (name: string, field: keyof EpochPoint): Series[] => {
    const y = epochs.map((epoch) => epoch[field] ?? Number.NaN);
    return y.some(Number.isFinite) ? [{ name, x: numbers, y }] : [];
  };
  const mark = bestEpoch === undefined ? undefined : { x: bestEpoch + 1, name: `kept: epoch ${bestEpoch + 1}` };
  const charts: readonly LineChart[] = [
    {
      title: 'Loss',
      x: { label: 'epoch' },
      y: { label: 'loss', min: 0 },
      series: [...line('training', 'loss'), ...line('validation', 'validationLoss')],
    },
    {
      title: 'Accuracy',
      x: { label: 'epoch' },
      y: { label: 'accuracy', max: 1 },
      series: [...line('training', 'accuracy'), ...line('validation', 'validationAccuracy')],
    },
    {
      title: 'Learning rate',
      x: { label: 'epoch' },
      y: { label: 'learning rate', logarithmic: epochs.every(({ learningRate }) => (learningRate ?? 0) > 0) },
      series: line('learning rate', 'learningRate'),
    },
  ];
  const drawn = charts.filter(({ series }) => series.length > 0);
  return html`<div class="charts">${drawn.map((chart) => lineChart({ ...chart, mark }))}</div>`;
}

interface CurvesOf {
  readonly name: string;
  readonly curves: ClassCurves | null;
  readonly auroc: Estimate | null;
  readonly averagePrecision: Estimate | null;
}

const classesOf = (evaluation: EvaluationReport): readonly CurvesOf[] =>
  evaluation.task === 'single-label' ? evaluation.classes : evaluation.labels;

/** Of many classes those with the smallest areas are coloured, and all others grey. */
export function rankingSection({ evaluation }: ReportData): Html | null {
  if (!evaluation) return null;
  const all = classesOf(evaluation).filter((one) => one.curves !== null);
  if (all.length === 0) return null;
  const series = (area: 'auroc' | 'averagePrecision', curve: keyof ClassCurves): Series[] => {
    const worst = all
      .toSorted((a, b) => (a[area]?.value ?? 0) - (b[area]?.value ?? 0))
      .slice(0, all.length <= SERIES_STYLES ? all.length : SERIES_STYLES - 1);
    return all.map((one) => ({
      name: `${one.name} ${fixed(one[area]?.value)}`,
      x: one.curves?.[curve].x ?? [],
      y: one.curves?.[curve].y ?? [],
      faint: !worst.includes(one),
    }));
  };
  const share = (label: string) => ({ label, min: 0, max: 1 });
  const each = evaluation.task === 'single-label' ? 'each class against the rest' : 'each label';
  const more = all.length > SERIES_STYLES ? ` The ${SERIES_STYLES - 1} with the smallest areas are coloured.` : '';
  return html`<p class="hint">Of ${each}, with the area under the curve.${more}</p><div class="charts">
${lineChart({
  title: 'ROC curves',
  x: share('false positive rate'),
  y: share('true positive rate (sensitivity)'),
  series: series('auroc', 'roc'),
  diagonal: true,
})}
${lineChart({
  title: 'Precision-recall curves',
  x: share('recall'),
  y: share('precision'),
  series: series('averagePrecision', 'precisionRecall'),
})}</div>`;
}

/** Whether probabilities are what they say. */
export function calibrationSection({ evaluation }: ReportData): Html | null {
  if (!evaluation) return null;
  const { calibration, temperature } = evaluation;
  const filled = calibration.bins.filter((bin) => bin.count > 0);
  if (filled.length === 0) return null;
  const most = filled.reduce((sum, bin) => Math.max(sum, bin.count), 0);
  const images = evaluation.task === 'single-label' ? 'images' : 'labels';
  return html`<p class="hint">Of the ${images} with a probability around p, a share of p should be ${evaluation.task === 'single-label' ? 'right' : 'there'}: bars on the diagonal.
Expected calibration error ${fixed(calibration.expectedCalibrationError)}${temperature === 1 ? '' : `, at temperature ${fixed(temperature)}`}.</p>
<div class="charts">
${barChart({
  title: 'Reliability diagram',
  x: 'probability',
  y: evaluation.task === 'single-label' ? 'share that is right' : 'share that has the label',
  diagonal: true,
  bars: filled.map(({ low, high, accuracy, confidence, count: size }) => ({
    low,
    high,
    value: accuracy ?? 0,
    name: `${percent(accuracy)} of ${count(size)} ${images} at a mean probability of ${percent(confidence)}`,
  })),
})}
${barChart({
  title: `How many ${images} have which probability`,
  x: 'probability',
  y: `share of the largest bin (${count(most)})`,
  bars: filled.map(({ low, high, count: size }) => ({
    low,
    high,
    value: size / most,
    name: `${count(size)} ${images}`,
  })),
})}</div>`;
}
