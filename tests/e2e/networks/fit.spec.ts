// Training as one call is the training of the command line and the demo, and refuses what cannot be before the first step.

import { expect, test } from '../fixtures/host-test.ts';
import { onlyOn } from '../fixtures/only-on.ts';

test(
  'fit trains as the job does, goes on where it was stopped, and keeps the best epoch',
  onlyOn('node'),
  async ({ session }) => {
    const { refused, learned, best, ...found } = await session.run('fit');
    expect(found).toEqual({
      fromJob: [],
      resumed: [],
      steps: [7, 21, 7],
      epochs: 3,
      restored: [],
      validation: [null, null, null],
      cropped: [],
      resizing: [{ resize: { height: 17, width: 15 } }, { resize: { height: 17, width: 15 } }],
    });
    expect(best).toBeGreaterThanOrEqual(0);
    expect(learned[1], 'the last epoch, of the first').toBeLessThan(learned[0] ?? 0);
    expect(refused).toEqual([
      expect.stringContaining('did you mean learningRate'),
      expect.stringMatching(/^epochs: 0 /),
      expect.stringMatching(/^earlyStop: 2 needs a validation set/),
      expect.stringMatching(/^restoreBest: true needs a validation set/),
      expect.stringMatching(/^learningRate: 0.5 is not the run's own/),
      expect.stringMatching(/^train: "1x12x11" is larger than the network's 1x12x10: crop them/),
      expect.stringMatching(/^train: "1x12x9" is not the network's 1x12x10/),
      expect.stringMatching(
        /^randomCrop: true needs images that are larger than the network's 12x10, and these are 12x10/,
      ),
      expect.stringMatching(/^validation: "1x17x15" has images of another size than the network's 1x12x10/),
      expect.stringMatching(/^train: 2 classes/),
      expect.stringMatching(/^batchSize: 100 leaves no batch of 27 images/),
    ]);
  },
);

test('a classifier that was trained, saved and loaded classifies as before', onlyOn('node'), async ({ session }) => {
  const report = await session.run('classifier');
  const {
    testTimeError,
    accuracy,
    classNames,
    before,
    after,
    sum,
    calibrated,
    sameFrom,
    accuracies,
    file,
    tunedNames,
    refused,
  } = report;
  const chosen = [0.1, 0.2, 0.3, 0.4];
  expect(calibrated).toMatchObject({ temperatures: [2, 2, 1], thresholds: [chosen, chosen, undefined] });
  expect(calibrated.largest).toBeLessThan(before[0]?.[0]?.probability ?? 0);
  expect(accuracy).toBeGreaterThan(0.9);
  expect(classNames).toEqual(['sky', 'hills', 'trees', 'grass']);
  expect(before.map((classes) => classes.map(({ name }) => name)[0])).toEqual(['sky', 'grass', 'hills']);
  expect(before.every((classes) => classes.length === 2)).toBe(true);
  expect(after).toEqual(before);
  expect(sum).toBeCloseTo(1, 6);
  // Logits are float32.
  expect(testTimeError).toBeLessThan(1e-6);
  expect(tunedNames).toEqual([
    ['class 0', 'class 1', 'class 2', 'class 3'],
    ['grass', 'trees', 'hills', 'sky'],
  ]);
  expect(sameFrom).toEqual({ generator: true, dataset: true });
  expect(accuracies).toEqual([accuracy, accuracy]);
  expect(file).toEqual({ same: true, says: [['sky', 'hills', 'trees', 'grass'], 5, true] });
  expect(refused).toEqual([
    expect.stringMatching(/^topK: 0 /),
    expect.stringMatching(/^dataset: .*1x12x11.* another size/),
    expect.stringMatching(/^dataset: .*1x12x10.* must have images larger than/),
    'not wanted any more',
    expect.stringMatching(/^classes: .*sea.* none of the network's/),
    expect.stringMatching(/class_names.*must list 4 names/),
    expect.stringContaining('height'),
    expect.stringContaining('Classifier'),
  ]);
});

test(
  'a batch for which memory runs out is trained in micro-batches, also when it is resumed',
  onlyOn('node'),
  async ({ session }) => {
    const { notes, batches, differ, left } = await session.run('out-of-memory');
    expect(notes).toEqual([
      expect.stringMatching(/out of memory: injected: each batch of 4 is trained as 2 micro-batches of 2,/),
    ]);
    expect(batches).toEqual([
      [2, 2],
      [2, 2],
      [2, 2],
    ]);
    expect({ differ, left }).toEqual({ differ: [[]], left: 0 });
  },
);
