// What an epoch has come to so far: sums that a run's record keeps, and the means that people see.

import type { RunningMetrics } from '../densenet/train/run-metadata.ts';
import type { StepResult } from '../densenet/train/trainer.ts';
import type { Running } from './train-messages.ts';

export const NO_METRICS: RunningMetrics = { updates: 0, loss: 0, correct: 0, learningRate: 0 };

export class MetricsAccumulator {
  private sums: RunningMetrics;
  /** Updates that were there when the clock started. */
  private readonly before: number;

  /**
   * @param images of an update
   * @param started on the clock that `running` is given
   */
  constructor(
    private readonly images: number,
    private readonly started: number,
    from: RunningMetrics = NO_METRICS,
  ) {
    this.sums = from;
    this.before = from.updates;
  }

  get record(): RunningMetrics {
    return this.sums;
  }

  get updates(): number {
    return this.sums.updates;
  }

  add({ loss, correct, learningRate }: StepResult): void {
    const { sums } = this;
    this.sums = { updates: sums.updates + 1, loss: sums.loss + loss, correct: sums.correct + correct, learningRate };
  }

  running(now: number): Running {
    const { updates, loss, correct, learningRate } = this.sums;
    const seconds = Math.max(1e-3, (now - this.started) / 1000);
    return {
      loss: loss / Math.max(1, updates),
      accuracy: correct / (Math.max(1, updates) * this.images),
      imagesPerSecond: ((updates - this.before) * this.images) / seconds,
      learningRate,
    };
  }
}
