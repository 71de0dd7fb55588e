import { expect, it } from 'vitest';
import { advance, curvesCsv, type Progress } from './progress.ts';

const running = { loss: 1.5, accuracy: 0.25, learningRate: 0.1, imagesPerSecond: 100, waiting: 0 };
const epoch = { ...running, kind: 'epoch', validationAccuracy: 0.5, validationLoss: 1.25, seconds: 3 } as const;
const start: Progress = { epochs: 3, points: [] };

it('places points in epochs', () => {
  const after = advance(
    advance(start, { ...running, kind: 'progress', epoch: 1, updates: 5 }, 20),
    { ...epoch, epoch: 1 },
    20,
  );
  expect(after.points.map(({ at }) => at)).toEqual([1.25, 2]);
  expect(after.points[1]?.validation).toEqual({ accuracy: 0.5, loss: 1.25 });
});

it('stays small however long a run is, and forgets no epoch', () => {
  let progress = start;
  for (let e = 0; e < 50; e++) {
    for (let u = 1; u <= 200; u++)
      progress = advance(progress, { ...running, kind: 'progress', epoch: e, updates: u }, 201);
    progress = advance(progress, { ...epoch, epoch: e }, 201);
  }
  expect(progress.points.length).toBeLessThanOrEqual(1200);
  expect(progress.points.filter((point) => point.validation)).toHaveLength(50);
  expect(progress.points.map(({ at }) => at)).toEqual(progress.points.map(({ at }) => at).toSorted((a, b) => a - b));
});

it('becomes a table', () => {
  const progress = advance(
    advance(start, { ...running, kind: 'progress', epoch: 0, updates: 1 }, 3),
    { ...epoch, epoch: 0 },
    3,
  );
  expect(curvesCsv(progress)).toBe(
    'epoch,loss,accuracy,validation_loss,validation_accuracy,learning_rate,images_per_second\r\n' +
      '0.333333,1.5,0.25,,,0.1,100\r\n1,1.5,0.25,1.25,0.5,0.1,100\r\n',
  );
});
