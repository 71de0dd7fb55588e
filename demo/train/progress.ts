// A run's curves as they grow: a point for each event of the run, thinned out when there are many. Times are in
// epochs. Pure.

import type { TrainEvent } from '../../src/jobs/train-request.ts';

/** One place of the curves: means over the epoch so far. */
export interface Point {
  readonly at: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly learningRate: number;
  readonly imagesPerSecond: number;
  /** At an epoch's end. */
  readonly validation?: { readonly accuracy: number; readonly loss: number };
}

export interface Progress {
  readonly epochs: number;
  readonly points: readonly Point[];
}

/** A chart is some hundred pixels wide; past this many points every second one goes. */
const MOST_POINTS = 1200;

/** @param updatesPerEpoch as the run's `ready` event has it */
export function advance(before: Progress, event: TrainEvent, updatesPerEpoch: number): Progress {
  if (event.kind !== 'progress' && event.kind !== 'epoch') return before;
  const { loss, accuracy, learningRate, imagesPerSecond } = event;
  const at = event.kind === 'epoch' ? event.epoch + 1 : event.epoch + event.updates / Math.max(1, updatesPerEpoch);
  const validation =
    event.kind === 'epoch' && event.validationAccuracy !== null && event.validationLoss !== null
      ? { validation: { accuracy: event.validationAccuracy, loss: event.validationLoss } }
      : {};
  const points = [...before.points, { at, loss, accuracy, learningRate, imagesPerSecond, ...validation }];
  return { ...before, points: points.length > MOST_POINTS ? thin(points) : points };
}

/** Every second point, and all that say how an epoch ended. */
const thin = (points: readonly Point[]): Point[] => points.filter((point, i) => i % 2 === 1 || point.validation);

/** The curves as a table for a spreadsheet. */
export function curvesCsv({ points }: Progress): string {
  const head = 'epoch,loss,accuracy,validation_loss,validation_accuracy,learning_rate,images_per_second';
  const rows = points.map(({ at, loss, accuracy, validation, learningRate, imagesPerSecond }) =>
    [at, loss, accuracy, validation?.loss, validation?.accuracy, learningRate, imagesPerSecond]
      .map((value) => (value === undefined ? '' : Number(value.toPrecision(6))))
      .join(','),
  );
  return `${[head, ...rows].join('\r\n')}\r\n`;
}
