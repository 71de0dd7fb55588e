// Metrics beside scikit-learn's own, on random data that nobody has seen: ties, rare classes, a class without images, missing
// labels. Both compute in float64 from the same float32 logits. Values are sums of at most a few thousand terms of size 1: they
// differ by rounding, some 1e-13. Only a temperature is the place of a minimum, which a search that compares values finds to the
// square root of the rounding: its loss is compared closely, itself loosely.

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { expect, it } from 'vitest';
import { packageRoot } from '../../cli/host/package-root.ts';
import { bootstrapIntervals } from '../../src/metrics/bootstrap.ts';
import {
  expectedCalibrationError,
  fitTemperature,
  type ReliabilityBin,
  TEMPERATURE_LIMITS,
  type TemperatureFit,
} from '../../src/metrics/calibration.ts';
import {
  accuracy,
  classMetrics,
  confusionMatrix,
  macroAverage,
  predictedClasses,
  topKAccuracy,
  weightedAverage,
} from '../../src/metrics/classification.ts';
import { evaluateLogits } from '../../src/metrics/evaluation.ts';
import { logLoss } from '../../src/metrics/log-loss.ts';
import { chooseThresholds, type LabelReport } from '../../src/metrics/multi-label.ts';
import { allProbabilities } from '../../src/metrics/probabilities.ts';
import { areas, precisionRecallCurve, type Ranking, rank, rocCurve } from '../../src/metrics/ranking.ts';
import { chooseThreshold } from '../../src/metrics/thresholds.ts';
import { createRandom, type Random } from '../../src/runtime/random.ts';

const PYTHON = '/usr/bin/python3';
const SEED = Number(process.env.SEED ?? Date.now() % 1e6);
const CASES = 25;
const TOLERANCE = 1e-10;

/** Why there is nothing to compare with; undefined where there is. */
function missing(): string | undefined {
  if (!existsSync(PYTHON)) return `needs ${PYTHON} with scikit-learn; there is no ${PYTHON}`;
  try {
    execFileSync(PYTHON, ['-c', 'import numpy, scipy, sklearn'], { stdio: 'pipe' });
    return undefined;
  } catch {
    return `needs scikit-learn (Debian: python3-sklearn) for ${PYTHON}`;
  }
}
const reason = missing();

function sklearn(cases: readonly object[]) {
  const input = JSON.stringify(cases, (_, value) => (Number.isNaN(value) ? null : value));
  const script = join(packageRoot, 'tests/metrics/sklearn_values.py');
  return JSON.parse(execFileSync(PYTHON, [script], { input, maxBuffer: 1 << 28 }).toString());
}

/** Numbers beside numbers: NaN is null, and infinity 'inf'. */
function holds(got: ArrayLike<number> | number | null, expected: unknown, what: string): void {
  if (typeof got === 'number' || got === null) {
    const value = got === null || Number.isNaN(got) ? null : got;
    if (value === null || expected === null) expect(value, what).toBe(expected);
    else if (expected === 'inf') expect(value, what).toBe(Number.POSITIVE_INFINITY);
    else expect(Math.abs(value - Number(expected)), `${what}: ${value}, ${expected}`).toBeLessThanOrEqual(TOLERANCE);
    return;
  }
  if (!Array.isArray(expected)) throw new Error(`${what}: scikit-learn gives ${expected}`);
  expect(got.length, what).toBe(expected.length);
  for (let i = 0; i < got.length; i++) holds(got[i] ?? Number.NaN, expected[i], `${what}[${i}]`);
}

/** Logits; in every other case of few distinct values, which makes ties. */
function logitsOf(random: Random, length: number, ties: boolean): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length }, () => {
    const value = 2 * random.normal();
    return ties ? Math.round(2 * value) / 2 : value;
  });
}

const pick = (random: Random, low: number, high: number) => low + Math.floor(random.uniform() * (high - low + 1));
const rows = (values: ArrayLike<number>, width: number) =>
  Array.from({ length: values.length / width }, (_, i) =>
    Array.from({ length: width }, (_, k) => values[i * width + k] ?? 0),
  );
const names = (classes: number) => Array.from({ length: classes }, (_, k) => `class ${k}`);

it('one class per image', { timeout: 120_000 }, (context) => {
  context.skip(reason !== undefined, reason);
  const cases = Array.from({ length: CASES }, (_, number) => {
    const random = createRandom(SEED, number);
    const classes = pick(random, 2, 8);
    const images = pick(random, 3, 150);
    const logits = logitsOf(random, images * classes, number % 2 === 1);
    // Skewed, so that some classes are rare; the last may have no image at all.
    const skewed = () =>
      Math.min(classes - 1 - (number % 3 === 0 ? 1 : 0), Math.floor(random.uniform() ** 2 * classes));
    const labels = Int32Array.from({ length: images }, () => Math.max(0, skewed()));
    for (const [i, label] of labels.entries()) logits[i * classes + label] = (logits[i * classes + label] ?? 0) + 1;
    return { classes, logits, labels, temperature: number % 4 === 0 ? 1 : 0.5 + 2 * random.uniform() };
  });
  const found = sklearn(
    cases.map(({ classes, logits, labels, ...rest }) => ({
      task: 'single-label',
      logits: rows(logits, classes),
      probabilities: rows(allProbabilities(logits, classes, 'single-label', rest.temperature), classes),
      labels: Array.from(labels),
      ...rest,
    })),
  );
  for (const [number, { classes, logits, labels, temperature }] of cases.entries()) {
    const theirs = found[number];
    const what = (metric: string) => `seed ${SEED}, case ${number}: ${metric}`;
    const report = evaluateLogits(logits, labels, { classNames: names(classes), temperature, resamples: 0 });
    if (report.task !== 'single-label') throw new Error('another task');
    holds(allProbabilities(logits, classes, 'single-label', temperature), theirs.probabilities, what('probabilities'));
    holds(report.accuracy.value, theirs.accuracy, what('accuracy'));
    holds(report.loss.value, theirs.loss, what('log loss'));
    holds(report.balancedAccuracy, theirs.balanced, what('balanced accuracy'));
    holds(report.brierScore, theirs.brier, what('Brier score'));
    expect(report.confusion, what('confusion')).toEqual(theirs.confusion);
    expect(report.classes.map(({ support }) => support)).toEqual(theirs.support);
    holdCalibration(report.calibration.bins, theirs.calibration, what('calibration'));
    holds(report.calibration.expectedCalibrationError, theirs.calibration.error, what('ECE'));
    const predicted = predictedClasses(logits, classes);
    holds(accuracy(labels, predicted), theirs.accuracy, what('accuracy'));
    const confusion = confusionMatrix(labels, predicted, classes);
    for (const zero of [0, 1] as const) {
      const metrics = classMetrics(confusion, classes, zero);
      for (const [i, metric] of (['precision', 'recall', 'f1'] as const).entries()) {
        holds(
          metrics.map((of) => of[metric]),
          theirs[`None${zero}`][i],
          what(`${metric}, zero_division ${zero}`),
        );
        holds([macroAverage(metrics)[metric]], theirs[`macro${zero}`][i], what(`macro ${metric}`));
        holds([weightedAverage(metrics, zero)[metric]], theirs[`weighted${zero}`][i], what(`weighted ${metric}`));
      }
    }
    const topK = theirs.topK.map((_: number, i: number) => topKAccuracy(logits, labels, classes, i + 1));
    holds(topK, theirs.topK, what('top-k'));
    if (classes > 5) holds(report.top5Accuracy, theirs.topK[4], what('top-5'));
    for (const [k, one] of report.classes.entries()) {
      const { auroc, averagePrecision } = theirs.ranked[k];
      holds(one.auroc?.value ?? null, auroc, what(`AUROC of class ${k}`));
      holds(one.averagePrecision?.value ?? 0, averagePrecision, what(`average precision of class ${k}`));
    }
    const lossAt = (at: number) => logLoss(logits, labels, classes, at);
    holdFit(fitTemperature(logits, labels, classes), theirs.fit, lossAt, what('temperature'));
  }
});

it('several labels per image, some of them missing', { timeout: 120_000 }, (context) => {
  context.skip(reason !== undefined, reason);
  const cases = Array.from({ length: CASES }, (_, number) => {
    const random = createRandom(SEED + 1, number);
    const classes = pick(random, 1, 6);
    const images = pick(random, 6, 150);
    const logits = logitsOf(random, images * classes, number % 2 === 1);
    const rate = names(classes).map((_, k) => (k === 0 && number % 5 === 0 ? 0 : random.uniform() ** 2));
    const missingRate = number % 3 === 0 ? 0 : 0.2;
    const labels = Float32Array.from(logits, (logit, i) => {
      // The first two images are complete.
      if (i >= 2 * classes && random.uniform() < missingRate) return Number.NaN;
      return random.uniform() < (rate[i % classes] ?? 0) * (logit > 0 ? 1.4 : 0.6) ? 1 : 0;
    });
    const thresholds = names(classes).map(() => Math.round(10 * random.uniform()) / 10);
    return { classes, logits, labels, thresholds, temperature: number % 4 === 0 ? 1 : 0.5 + 2 * random.uniform() };
  });
  const found = sklearn(
    cases.map(({ classes, logits, labels, ...rest }) => ({
      task: 'multi-label',
      logits: rows(logits, classes),
      probabilities: rows(allProbabilities(logits, classes, 'multi-label', rest.temperature), classes),
      labels: rows(labels, classes),
      ...rest,
    })),
  );
  for (const [number, { classes, logits, labels, thresholds, temperature }] of cases.entries()) {
    const theirs = found[number];
    const what = (metric: string) => `seed ${SEED}, case ${number}: ${metric}`;
    const options = { classNames: names(classes), temperature, thresholds, resamples: 0 };
    const report = evaluateLogits(logits, labels, options);
    if (report.task !== 'multi-label') throw new Error('another task');
    holds(allProbabilities(logits, classes, 'multi-label', temperature), theirs.probabilities, what('probabilities'));
    holds(report.loss, theirs.loss, what('log loss'));
    holds(report.accuracy, theirs.accuracy, what('accuracy'));
    holds(report.exactMatch?.value ?? null, theirs.exactMatch, what('exact match'));
    for (const [i, metric] of (['precision', 'recall', 'f1'] as const).entries()) {
      holds(report.micro[metric], theirs.micro[i], what(`micro ${metric}`));
      if (theirs.macro) holds(report.macro[metric], theirs.macro[i], what(`macro ${metric}`));
      if (theirs.weighted) holds(report.weighted[metric], theirs.weighted[i], what(`weighted ${metric}`));
    }
    for (const [k, one] of report.labels.entries()) {
      const { ranked, counts, brier, prf, calibration } = theirs.labels[k];
      const of = (metric: string) => what(`label ${k}: ${metric}`);
      holds(one.auroc?.value ?? null, ranked.auroc, of('AUROC'));
      holds(one.averagePrecision?.value ?? 0, ranked.averagePrecision, of('average precision'));
      expect(decisions(one), of('decisions')).toEqual(counts);
      holds([one.precision, one.recall, one.f1], prf, of('precision, recall, F1'));
      holds(one.brierScore, brier, of('Brier score'));
      if (calibration) holdCalibration(one.calibration.bins, calibration, of('calibration'));
      const values = Float32Array.from({ length: labels.length / classes }, (_, i) => labels[i * classes + k] ?? 0);
      const scores = Float32Array.from(values, (_, i) => logits[i * classes + k] ?? 0);
      holdCurves(rank(scores, values), ranked, of('curves'));
    }
    for (const rule of [
      { kind: 'youden' },
      { kind: 'sensitivity', atLeast: 0.83 },
      { kind: 'specificity', atLeast: 0.77 },
    ] as const) {
      for (const [k, chosen] of chooseThresholds(logits, labels, classes, temperature, rule).entries()) {
        holds(chosen?.threshold ?? null, theirs.labels[k].chosen[rule.kind], what(`label ${k}: ${rule.kind}`));
      }
    }
    const lossAt = (at: number) => logLoss(logits, labels, classes, at);
    holdFit(fitTemperature(logits, labels, classes), theirs.fit, lossAt, what('temperature'));
  }
});

it('bootstrap intervals', { timeout: 120_000 }, (context) => {
  context.skip(reason !== undefined, reason);
  const cases = Array.from({ length: 4 }, (_, number) => {
    const random = createRandom(SEED + 2, number);
    const images = pick(random, 8, 60);
    const labels = Array.from({ length: images }, (_, i) => (i === 0 || random.uniform() < 0.2 ? 1 : 0));
    const scores = Array.from(labels, (label) => (number % 2 ? Math.round : Number)(label + 2 * random.normal()));
    return { labels, scores, resamples: 100, seed: pick(random, 0, 1e9), confidence: number < 2 ? 0.95 : 0.8 };
  });
  const found = sklearn(cases.map((one) => ({ task: 'bootstrap', ...one })));
  for (const [number, { labels, scores, ...options }] of cases.entries()) {
    const ranking = rank(Float64Array.from(scores), labels);
    const measure = (weights: Uint16Array, into: Float64Array) => {
      const { auroc, averagePrecision } = areas(ranking, weights);
      into.set([auroc, averagePrecision === 0 ? Number.NaN : averagePrecision]);
    };
    const intervals = bootstrapIntervals(labels.length, 2, measure, options);
    for (const [i, interval] of intervals.entries()) {
      holds(
        [interval?.low ?? Number.NaN, interval?.high ?? Number.NaN],
        found[number][i],
        `seed ${SEED}, case ${number}`,
      );
    }
  }
});

/** TN, FP, FN, TP. */
const decisions = ({ trueNegatives, falsePositives, falseNegatives, truePositives }: LabelReport) => [
  ...[trueNegatives, falsePositives, falseNegatives, truePositives],
];

interface TheirCalibration {
  readonly true: readonly number[];
  readonly predicted: readonly number[];
  readonly counts: readonly number[];
  readonly error: number;
}

function holdCalibration(bins: readonly ReliabilityBin[], theirs: TheirCalibration, what: string): void {
  const filled = bins.filter(({ count }) => count > 0);
  expect(
    filled.map(({ count }) => count),
    what,
  ).toEqual(theirs.counts);
  holds(
    filled.map(({ accuracy: share }) => share ?? 0),
    theirs.true,
    what,
  );
  holds(
    filled.map(({ confidence }) => confidence ?? 0),
    theirs.predicted,
    what,
  );
  holds(expectedCalibrationError(bins), theirs.error, what);
}

interface TheirRanking {
  readonly roc: { readonly all: readonly unknown[]; readonly dropped: readonly unknown[] } | null;
  readonly precisionRecall: readonly unknown[];
  readonly youden: unknown;
}

function holdCurves(ranking: Ranking, theirs: TheirRanking, what: string): void {
  const { precision, recall, thresholds } = precisionRecallCurve(ranking);
  for (const [i, ours] of [precision, recall, thresholds].entries()) holds(ours, theirs.precisionRecall[i], what);
  if (!theirs.roc) return;
  for (const drop of [false, true]) {
    const roc = rocCurve(ranking, { dropIntermediate: drop });
    const expected = drop ? theirs.roc.dropped : theirs.roc.all;
    for (const [i, ours] of [roc.falsePositiveRate, roc.truePositiveRate, roc.thresholds].entries())
      holds(ours, expected[i], `${what}, dropped ${drop}`);
  }
  holds(chooseThreshold(ranking, { kind: 'youden' })?.threshold ?? null, theirs.youden, what);
}

/** @param loss of the images at a temperature */
function holdFit(
  ours: TemperatureFit,
  theirs: { readonly temperature: number; readonly loss: number },
  loss: (temperature: number) => number,
  what: string,
): void {
  const { least, most } = TEMPERATURE_LIMITS;
  if (!ours.determined) {
    // Then nothing within the limits is better than a limit.
    expect(Math.min(loss(least), loss(most)), what).toBeLessThanOrEqual(theirs.loss + 1e-9);
    return;
  }
  expect(ours.lossAfter, what).toBe(loss(ours.temperature));
  expect(ours.lossAfter, what).toBeLessThanOrEqual(theirs.loss + 1e-12);
  expect(ours.lossAfter, what).toBeGreaterThan(theirs.loss - 1e-9);
  // Beside a limit the search ends early.
  const searched = theirs.temperature < 0.99 * most && theirs.temperature > 1.01 * least;
  if (searched) expect(Math.abs(ours.temperature / theirs.temperature - 1), what).toBeLessThan(1e-4);
}
