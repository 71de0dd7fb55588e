import { expect, it } from 'vitest';
import { classResults, confusedPairs, evaluate } from './validation.ts';

const CLASSES = 4;
const COUNT = 300;
// Pseudo-random, the same every time.
const logits = Float32Array.from({ length: CLASSES * COUNT }, (_, i) => 3 * Math.sin(12.9898 * i + 7) + Math.cos(i));
const labels = Int32Array.from({ length: COUNT }, (_, i) => (i * i) % 3);
const yieldToMain = async () => undefined;

it('counts each image once, in the row of what it is and the column of what was said', async () => {
  const { confusion, count } = await evaluate(logits, labels, CLASSES, 5, yieldToMain);
  expect(count).toBe(COUNT);
  for (let truth = 0; truth < CLASSES; truth++)
    for (let predicted = 0; predicted < CLASSES; predicted++) {
      const expected = [...labels].filter((label, i) => {
        const row = [...logits.subarray(i * CLASSES, (i + 1) * CLASSES)];
        return label === truth && row.indexOf(Math.max(...row)) === predicted;
      });
      expect(confusion[truth]?.[predicted]).toBe(expected.length);
    }
});

it('finds the misclassified images with the highest cross-entropy, in order', async () => {
  const { topLosses } = await evaluate(logits, labels, CLASSES, 5, yieldToMain);
  const all = [...labels].flatMap((truth, index) => {
    const row = [...logits.subarray(index * CLASSES, (index + 1) * CLASSES)];
    const powers = row.map(Math.exp);
    const loss = Math.log(powers.reduce((a, b) => a + b, 0)) - (row[truth] ?? 0);
    return row.indexOf(Math.max(...row)) === truth ? [] : [{ index, loss }];
  });
  const expected = all.toSorted((a, b) => b.loss - a.loss).slice(0, 5);
  expect(topLosses.map(({ index }) => index)).toEqual(expected.map(({ index }) => index));
  expect(topLosses[0]?.loss).toBeCloseTo(expected[0]?.loss ?? 0, 5);
  expect(topLosses.every(({ truthProbability, loss }) => Math.abs(truthProbability - Math.exp(-loss)) < 1e-9)).toBe(
    true,
  );
});

it('yields between slices, however large the whole', async () => {
  const [classes, count] = [1000, 500];
  let yields = 0;
  const many = new Float32Array(classes * count);
  await evaluate(many, new Int32Array(count), classes, 5, async () => void yields++);
  expect(yields).toBe(4);
});

it('says of each class how many it got right, and which are taken for each other', () => {
  const confusion = [
    [5, 1, 0],
    [3, 7, 0],
    [0, 0, 0],
  ];
  const result = { classes: 3, count: 16, confusion, topLosses: [] };
  expect(classResults(result)).toEqual([
    { label: 0, count: 6, right: 5, precision: 5 / 8 },
    { label: 1, count: 10, right: 7, precision: 7 / 8 },
    { label: 2, count: 0, right: 0, precision: undefined },
  ]);
  expect(confusedPairs(result, 1)).toEqual([{ truth: 1, predicted: 0, count: 3 }]);
});
