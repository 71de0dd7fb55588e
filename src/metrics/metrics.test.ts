// Small values that can be worked out by hand, many of them the examples of scikit-learn's documentation: what holds where there is
// no scikit-learn to compare with (tests/metrics/sklearn.test.ts).

import { describe, expect, it } from 'vitest';
import { ConfigError } from '../runtime/errors.ts';
import { bootstrapIntervals, defaultResamples, quantile } from './bootstrap.ts';
import { brierScore, expectedCalibrationError, fitTemperature, reliabilityBins } from './calibration.ts';
import {
  balancedAccuracy,
  classMetrics,
  confusionMatrix,
  macroAverage,
  precisionRecall,
  predictedClasses,
  topKAccuracy,
  weightedAverage,
} from './classification.ts';
import { evaluateLogits } from './evaluation.ts';
import { imageLosses, logLoss, topLosses } from './log-loss.ts';
import { chooseThresholds } from './multi-label.ts';
import { logit, sigmoid, softmax } from './probabilities.ts';
import { areas, precisionRecallCurve, rank, rocCurve } from './ranking.ts';
import { chooseThreshold, parseThresholdRule, thresholdRuleText } from './thresholds.ts';

describe('decisions', () => {
  const labels = Int32Array.of(0, 1, 2, 0, 1, 2);
  const confusion = confusionMatrix(labels, Int32Array.of(0, 2, 1, 0, 0, 1), 3);

  it('a confusion matrix has a row per class, a column per prediction', () => {
    expect(Array.from(confusion)).toEqual([2, 0, 0, 1, 0, 1, 0, 2, 0]);
  });

  it('precision, recall and F1 per class and on average', () => {
    const metrics = classMetrics(confusion, 3);
    expect(metrics[0]).toEqual({ precision: 2 / 3, recall: 1, f1: 0.8, support: 2 });
    expect(metrics[1]).toEqual({ precision: 0, recall: 0, f1: 0, support: 2 });
    expect(macroAverage(metrics)).toEqual({ precision: 2 / 9, recall: 1 / 3, f1: 0.8 / 3 });
    expect(weightedAverage(metrics)).toEqual({ precision: 4 / 3 / 6, recall: 2 / 6, f1: 1.6 / 6 });
    expect(balancedAccuracy(metrics)).toBe(1 / 3);
  });

  it('0 / 0 is what zeroDivision says', () => {
    const never = { truePositives: 0, falsePositives: 0, falseNegatives: 0 };
    expect(precisionRecall(never)).toEqual({ precision: 0, recall: 0, f1: 0 });
    expect(precisionRecall(never, 1)).toEqual({ precision: 1, recall: 1, f1: 1 });
    expect(precisionRecall({ ...never, falseNegatives: 1 }, 1)).toEqual({ precision: 1, recall: 0, f1: 0 });
  });

  it('of equal scores the first class is predicted, and the last counts as the higher for top-k', () => {
    const scores = Float32Array.of(1, 1, 0);
    expect(Array.from(predictedClasses(scores, 3))).toEqual([0]);
    expect(topKAccuracy(scores, Int32Array.of(0), 3, 1)).toBe(0);
    expect(topKAccuracy(scores, Int32Array.of(1), 3, 1)).toBe(1);
  });

  it('top-k', () => {
    const scores = Float32Array.of(0.5, 0.2, 0.2, 0.3, 0.4, 0.2, 0.2, 0.4, 0.3, 0.7, 0.2, 0.1);
    const of = (k: number) => topKAccuracy(scores, Int32Array.of(0, 1, 2, 2), 3, k);
    expect([of(1), of(2), of(3)]).toEqual([0.5, 0.75, 1]);
  });
});

describe('orders', () => {
  const ranking = rank(Float64Array.of(0.1, 0.4, 0.35, 0.8), [0, 0, 1, 1]);

  it('areas', () => {
    expect(areas(ranking)).toEqual({ auroc: 0.75, averagePrecision: (1 + 2 / 3) / 2 });
  });

  it('equal scores count half, whatever their order', () => {
    for (const labels of [
      [1, 0, 0, 1],
      [0, 1, 1, 0],
    ]) {
      expect(areas(rank(Float64Array.of(3, 3, 3, 3), labels))).toEqual({ auroc: 0.5, averagePrecision: 0.5 });
    }
    // One pair of two is tied: (1 + 1/2) / 2; recall 1 is reached with 1 of 2 right.
    expect(areas(rank(Float64Array.of(2, 2, 1), [1, 0, 0]))).toEqual({ auroc: 0.75, averagePrecision: 0.5 });
    expect(areas(rank(Float64Array.of(-0, 0), [1, 0])).auroc).toBe(0.5);
  });

  it('weights count images several times', () => {
    const scores = Float64Array.of(5, 4, 4, 3, 1);
    const labels = [1, 0, 1, 1, 0];
    const twice = [0, 1, 1, 3, 4, 4].map((image) => [scores[image] ?? 0, labels[image] ?? 0] as const);
    const expanded = rank(
      Float64Array.from(twice, ([score]) => score),
      twice.map(([, label]) => label),
    );
    expect(areas(rank(scores, labels), Uint16Array.of(1, 2, 0, 1, 2))).toEqual(areas(expanded));
  });

  it('missing labels are left out; without positives or negatives there is no area', () => {
    expect(areas(rank(Float64Array.of(9, 0.1, 0.4, 0.35, 0.8), [Number.NaN, 0, 0, 1, 1])).auroc).toBe(0.75);
    expect(areas(rank(Float64Array.of(1, 2), [0, 0]))).toEqual({ auroc: Number.NaN, averagePrecision: 0 });
    expect(areas(rank(Float64Array.of(1, 2), [1, 1]))).toEqual({ auroc: Number.NaN, averagePrecision: 1 });
  });

  it('curves', () => {
    expect(rocCurve(ranking)).toEqual({
      thresholds: Float64Array.of(Number.POSITIVE_INFINITY, 0.8, 0.4, 0.35, 0.1),
      falsePositiveRate: Float64Array.of(0, 0, 0.5, 0.5, 1),
      truePositiveRate: Float64Array.of(0, 0.5, 0.5, 1, 1),
    });
    expect(precisionRecallCurve(ranking)).toEqual({
      thresholds: Float64Array.of(0.1, 0.35, 0.4, 0.8),
      precision: Float64Array.of(0.5, 2 / 3, 0.5, 1, 1),
      recall: Float64Array.of(1, 1, 0.5, 0.5, 0),
    });
    const straight = rank(Float64Array.of(4, 3, 2, 1), [1, 1, 1, 0]);
    expect(Array.from(rocCurve(straight, { dropIntermediate: true }).thresholds)).toEqual([Infinity, 4, 2, 1]);
  });

  it('thresholds', () => {
    expect(chooseThreshold(ranking, { kind: 'youden' })).toEqual({ threshold: 0.8, sensitivity: 0.5, specificity: 1 });
    expect(chooseThreshold(ranking, { kind: 'sensitivity', atLeast: 0.9 })?.threshold).toBe(0.35);
    expect(chooseThreshold(ranking, { kind: 'specificity', atLeast: 0.5 })?.threshold).toBe(0.35);
    expect(chooseThreshold(ranking, { kind: 'specificity', atLeast: 0.51 })?.threshold).toBe(0.8);
    // Nothing but never is specific enough.
    const tied = rank(Float64Array.of(1, 1), [0, 1]);
    expect(chooseThreshold(tied, { kind: 'specificity', atLeast: 0.5 })).toEqual({
      threshold: Number.POSITIVE_INFINITY,
      sensitivity: 0,
      specificity: 1,
    });
    expect(chooseThreshold(rank(Float64Array.of(1, 2), [1, 1]), { kind: 'youden' })).toBeNull();
  });

  it('rules of thresholds as they are written', () => {
    for (const text of ['youden', 'sensitivity=0.9', 'specificity=1'])
      expect(thresholdRuleText(parseThresholdRule(text))).toBe(text);
    for (const text of [
      '',
      'Youden',
      'youden=1',
      'sensitivity',
      'sensitivity=0',
      'specificity=1.1',
      'recall=0.9',
      'sensitivity=-1',
    ])
      expect(() => parseThresholdRule(text), text).toThrow(ConfigError);
  });
});

describe('probabilities', () => {
  it('log loss of probabilities that logits give', () => {
    // Spam or ham: 0.1/0.9, 0.9/0.1, 0.8/0.2, 0.35/0.65.
    const logits = Float32Array.from([0.1, 0.9, 0.9, 0.1, 0.8, 0.2, 0.35, 0.65], Math.log);
    // Logits are rounded to float32, which moves a loss by at most 2 · 2^-24 · ln 10.
    expect(Math.abs(logLoss(logits, Int32Array.of(1, 0, 0, 1), 2) - 0.21616187468057912)).toBeLessThan(3e-7);
  });

  it('log loss neither overflows nor loses what is small', () => {
    expect(logLoss(Float32Array.of(1000, 0), Int32Array.of(1), 2)).toBe(1000);
    expect(logLoss(Float32Array.of(1000), Float32Array.of(0), 1)).toBe(1000);
    expect(logLoss(Float32Array.of(40), Float32Array.of(1), 1)).toBeCloseTo(Math.exp(-40), 30);
  });

  it('the worst images, without those that have no label', () => {
    const losses = imageLosses(Float32Array.of(1, 2, 3, 2), Float32Array.of(0, 0, Number.NaN, 0), 1);
    expect(losses[2]).toBeNaN();
    expect(topLosses(losses, 2)).toEqual([1, 3]);
  });

  it('Brier score and reliability', () => {
    expect(brierScore([0.1, 0.9, 0.8, 0.3], [0, 1, 1, 0])).toBeCloseTo(0.0375, 15);
    const bins = reliabilityBins([0.1, 0.2, 0.3, 0.4, 0.65, 0.7, 0.8, 0.9, 1], [0, 0, 0, 0, 1, 1, 1, 1, 1], 3);
    expect(bins.map(({ accuracy, count }) => [accuracy, count])).toEqual([
      [0, 3],
      [0.5, 2],
      [1, 4],
    ]);
    expect(bins.map(({ confidence }) => confidence?.toFixed(9))).toEqual(['0.200000000', '0.525000000', '0.850000000']);
    expect(expectedCalibrationError(bins)).toBeCloseTo((3 * 0.2 + 2 * 0.025 + 4 * 0.15) / 9, 15);
    // An edge belongs to the bin below it, and 0 to the first.
    expect(reliabilityBins([0, 0.5, 1], [0, 0, 1], 2).map(({ count }) => count)).toEqual([2, 1]);
  });

  it('the temperature that a share of right images calls for', () => {
    // Three of four are right at logits (2, 0): σ(2 / T) = 3/4.
    const logits = Float32Array.of(2, 0, 2, 0, 2, 0, 2, 0);
    const fit = fitTemperature(logits, Int32Array.of(0, 0, 1, 0), 2);
    expect(fit).toMatchObject({ determined: true });
    expect(fit.temperature).toBeCloseTo(2 / Math.log(3), 12);
    expect(fit.lossAfter).toBeLessThan(fit.lossBefore);
    const binary = fitTemperature(Float32Array.of(2, 2, 2, 2, 7), Float32Array.of(1, 1, 0, 1, Number.NaN), 1);
    expect(binary.temperature).toBeCloseTo(2 / Math.log(3), 12);
  });

  it('no temperature where all are right, all are wrong, or nothing is told apart', () => {
    for (const [logits, label] of [
      [[2, 0], 0],
      [[2, 0], 1],
      [[1, 1], 0],
    ] as const)
      expect(fitTemperature(Float32Array.from(logits), Int32Array.of(label), 2)).toMatchObject({
        determined: false,
        temperature: 1,
      });
  });

  it('softmax, sigmoid and its inverse', () => {
    expect(softmax([0, Math.log(3)])[1]).toBeCloseTo(0.75, 15);
    expect(softmax([0, 2 * Math.log(3)], 2)[1]).toBeCloseTo(0.75, 15);
    expect(softmax([1e4, 0])).toEqual([1, 0]);
    expect(sigmoid(-800)).toBe(0);
    expect(logit(sigmoid(1.5))).toBeCloseTo(1.5, 14);
  });
});

describe('bootstrap', () => {
  const share = (values: readonly number[]) => (weights: Uint16Array, into: Float64Array) => {
    into[0] = values.reduce((sum, value, i) => sum + value * (weights[i] ?? 0), 0) / values.length;
  };
  const options = { resamples: 200, seed: 7, confidence: 0.95 };

  it('the same seed gives the same interval, another seed another', () => {
    const of = (seed: number) => bootstrapIntervals(9, 1, share([1, 1, 1, 0, 1, 0, 1, 1, 0]), { ...options, seed });
    expect(of(7)).toEqual(of(7));
    expect(of(7)).not.toEqual(of(8));
    expect(of(7)[0]?.low).toBeLessThan(6 / 9);
    expect(of(7)[0]?.high).toBeGreaterThan(6 / 9);
  });

  it('a metric that most samples do not have has no interval', () => {
    const nothing = (_: Uint16Array, into: Float64Array) => void into.fill(Number.NaN);
    expect(bootstrapIntervals(5, 2, nothing, options)).toEqual([null, null]);
    // A sample has or lacks a given image of five with probability 0.67 and 0.33.
    const ofFirst = (weights: Uint16Array, into: Float64Array) => {
      const has = (weights[0] ?? 0) > 0;
      into.set([has ? 1 : Number.NaN, has ? Number.NaN : 1]);
    };
    expect(bootstrapIntervals(5, 2, ofFirst, options)).toEqual([{ low: 1, high: 1 }, null]);
    expect(bootstrapIntervals(5, 1, share([1, 0, 1, 0, 1]), { ...options, resamples: 0 })).toEqual([null]);
  });

  it('options that cannot be', () => {
    for (const bad of [
      { resamples: -1 },
      { resamples: 1.5 },
      { seed: -1 },
      { confidence: 1 },
      { confidence: Number.NaN },
    ])
      expect(() => bootstrapIntervals(5, 1, share([1]), { ...options, ...bad })).toThrow(ConfigError);
  });

  it('a quantile lies between the two nearest values', () => {
    const values = Float64Array.of(1, 2, 4);
    expect([0, 0.25, 0.5, 0.75, 1].map((at) => quantile(values, at))).toEqual([1, 1.5, 2, 3, 4]);
  });

  it('fewer samples of many images', () => {
    expect([defaultResamples(300, 5), defaultResamples(1e5, 14), defaultResamples(1e6, 1000)]).toEqual([1000, 357, 0]);
  });
});

describe('a report', () => {
  const classNames = ['cat', 'dog', 'bird'];
  const logits = Float32Array.of(3, 1, 0, 0, 2, 1, 1, 0, 0, 2, 1, 0);

  it('of one class per image, also of one that has none', () => {
    const report = evaluateLogits(logits, Int32Array.of(0, 1, 1, 0), { classNames, curvePoints: 50 });
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    expect(report).toMatchObject({
      task: 'single-label',
      images: 4,
      accuracy: { value: 0.75 },
      top5Accuracy: null,
      balancedAccuracy: 0.75,
      confusion: [
        [2, 0, 0],
        [1, 1, 0],
        [0, 0, 0],
      ],
      bootstrap: { resamples: 1000, seed: 0, confidence: 0.95 },
    });
    if (report.task !== 'single-label') throw new Error('another task');
    expect(report.classes[2]).toMatchObject({ auroc: null, averagePrecision: null, support: 0, curves: null });
    expect(report.classes[0]?.curves?.roc).toEqual({ x: [0, 0, 0, 1], y: [0, 0.5, 1, 1] });
  });

  it('of several labels per image, also of one that is never known', () => {
    const unknown = Number.NaN;
    const labels = Float32Array.of(1, 0, unknown, 0, 1, unknown, 1, 1, unknown, 0, 0, unknown);
    const report = evaluateLogits(logits, labels, { classNames, thresholds: [0.9, 0.5, 0.5], curvePoints: 50 });
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    if (report.task !== 'multi-label') throw new Error('another task');
    expect(report).toMatchObject({ exactMatch: null, accuracy: 5 / 8 });
    expect(report.labels[0]).toMatchObject({
      truePositives: 1,
      falsePositives: 0,
      falseNegatives: 1,
      trueNegatives: 2,
    });
    expect(report.labels[2]).toMatchObject({ missing: 4, auroc: null, specificity: null, brierScore: null });
  });

  it('thresholds lie where the report counts as asked', () => {
    const labels = Float32Array.of(1, 0, 1, 0);
    const of = Float32Array.of(3, 2, 1, 0);
    const [chosen] = chooseThresholds(of, labels, 1, 2, { kind: 'sensitivity', atLeast: 1 });
    expect(chosen?.threshold).toBe(sigmoid(0.5));
    const thresholds = [chosen?.threshold ?? 0];
    const report = evaluateLogits(of, labels, { classNames: ['one'], temperature: 2, thresholds });
    expect(report).toMatchObject({ labels: [{ recall: 1, specificity: chosen?.specificity }] });
  });

  it('a logit that is not finite names its image', () => {
    const bad = Float32Array.of(0, 1, 2, 0, Number.NaN, 1);
    const options = { classNames, imageName: (image: number) => `${image}.png` };
    expect(() => evaluateLogits(bad, Int32Array.of(0, 0), options)).toThrow(/^1\.png: its logit of class dog is NaN/);
  });

  it('input that cannot be', () => {
    const given = (labels: Int32Array | Float32Array, more = {}) =>
      evaluateLogits(logits, labels, { classNames, ...more });
    expect(() => given(Int32Array.of(0, 1, 3, 0))).toThrow('label of image 2: 3 is no class: 0 to 2');
    expect(() => given(Int32Array.of(0, -1, 2, 0))).toThrow(ConfigError);
    expect(() => given(Int32Array.of(0, 1))).toThrow(ConfigError);
    expect(() => given(new Int32Array())).toThrow('leave nothing to evaluate');
    expect(() => given(new Float32Array(12).fill(0.5, 4))).toThrow('label of image 1: 0.5 is no label');
    expect(() => given(new Float32Array(12), { thresholds: [0.5] })).toThrow(ConfigError);
    expect(() => given(new Float32Array(12), { thresholds: [0.5, 0.5, 2] })).toThrow(ConfigError);
    expect(() => given(Int32Array.of(0, 1, 2, 0), { temperature: 0 })).toThrow(ConfigError);
  });
});
