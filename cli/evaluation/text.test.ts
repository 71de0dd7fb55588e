import { expect, it } from 'vitest';
import { evaluateLogits } from '../../src/metrics/evaluation.ts';
import { createRandom } from '../../src/runtime/random.ts';
import { evaluationText } from './text.ts';

const CLASSES = ['cat', 'dog\u001b[2J', '3D'];
const random = createRandom(5);
const logits = Float32Array.from({ length: 30 }, () => random.normal());

it('one class per image: figures, a row per class, the confusion matrix', () => {
  const labels = Int32Array.from({ length: 10 }, (_, i) => i % 2);
  const text = evaluationText(evaluateLogits(logits, labels, { classNames: CLASSES, resamples: 50 }));
  expect(text).toMatch(/^top-1 accuracy \d+\.\d% \[\d+\.\d%, \d+\.\d%\]; balanced/);
  expect(text).toMatch(/\ndog\\u001b\[2J +5 +\d/);
  expect(text).toMatch(/\n3D +0 +\d+ .* – +–\n/);
  expect(text).toContain('is \\ predicted');
  expect(text).toContain('95% bootstrap percentile intervals, 50 resamples, seed 0');
});

it('many classes: the commonest confusions instead of the matrix', () => {
  const classNames = Array.from({ length: 30 }, (_, k) => `class ${k}`);
  const many = Float32Array.from({ length: 900 }, () => random.normal());
  const labels = Int32Array.from({ length: 30 }, (_, i) => i);
  const text = evaluationText(evaluateLogits(many, labels, { classNames, resamples: 0 }));
  expect(text).toContain('top-5');
  expect(text).toContain('the commonest confusions');
  expect(text).not.toContain('is \\ predicted');
});

it('several labels per image: a row per label at its threshold', () => {
  const labels = Float32Array.from({ length: 30 }, (_, i) => (i % 3 === 2 ? Number.NaN : i % 2));
  const text = evaluationText(evaluateLogits(logits, labels, { classNames: CLASSES, resamples: 0, temperature: 2 }));
  expect(text).toMatch(/\n3D +0 +0 +10 +– +– +0\.500/);
  expect(text).toContain('(temperature 2)');
  expect(text).toMatch(/micro average +\d\.\d{3} +\d\.\d{3} +\d\.\d{3}\n/);
});
