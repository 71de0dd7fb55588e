// One training, epoch after epoch, from wherever its record says it stands. The next batch is gathered while the GPU works
// on the last.

import { BatchFeed, imageBytes, type StagedBatch } from '../data/batches.ts';
import type { LabelledImages } from '../data/idx.ts';
import { featureReuse } from '../densenet/explain/feature-reuse.ts';
import type { Inference } from '../densenet/inference.ts';
import { isComplete, type RunMetadata, type RunningMetrics } from '../densenet/train/run-metadata.ts';
import type { Batch, StepResult, Trainer } from '../densenet/train/trainer.ts';
import { DenseNetError, NotFiniteError } from '../runtime/errors.ts';
import type { JobContext } from './define-job.ts';
import { type Evaluation, evaluate } from './predict.ts';
import type { Running, TrainEvent, TrainRequest } from './train-request.ts';
import type { StateSaver } from './train-state.ts';

/** Progress is reported at most so often, in milliseconds: a fast GPU takes thousands of steps per second. */
const REPORT_EVERY = 100;

export interface RunParts {
  readonly request: TrainRequest;
  readonly context: JobContext<TrainEvent>;
  readonly trainer: Trainer;
  readonly inference: Inference;
  readonly training: LabelledImages;
  readonly validation: LabelledImages;
  readonly saver: StateSaver;
}

export class Run {
  private readonly feed: BatchFeed;
  private readonly started: number;
  private runningMetrics: MetricsAccumulator;

  /** @param from where the run stands; the trainer stands there too */
  constructor(
    private readonly parts: RunParts,
    private from: RunMetadata,
  ) {
    this.started = parts.context.now();
    this.feed = feedOf(parts, from);
    this.runningMetrics = this.newMetricsAccumulator();
  }

  /** Where the run stands, once its steps have been awaited. */
  get record(): RunMetadata {
    return { ...this.from, runningMetrics: this.runningMetrics.record, seconds: this.seconds };
  }

  /** To the end, or to the step in which the signal came. */
  async go(): Promise<void> {
    const { saver } = this.parts;
    try {
      await this.epochs();
    } catch (error) {
      await saver.settle().catch(() => undefined);
      // The trainer stands before that step. A network whose validation logits overflow is no better than what was saved.
      if (error instanceof NotFiniteError && error.step !== undefined) await saver.takeLastGood(this.record);
      throw error;
    }
    await saver.settle();
    if (isComplete(this.from) && this.parts.request.saveEvery) saver.take(this.record);
    await saver.settle();
  }

  private async epochs(): Promise<void> {
    const { context } = this.parts;
    while (!isComplete(this.from)) {
      await this.epoch();
      if (context.signal.aborted) break;
      const epoch = this.from.epochs.length;
      const summary = this.runningMetrics.running(context.now());
      const { accuracy, loss, logits } = await this.evaluated(epoch);
      const record = { ...summary, validationAccuracy: accuracy, validationLoss: loss, seconds: this.seconds };
      this.from = { ...this.from, epochs: [...this.from.epochs, record], runningMetrics: NO_METRICS };
      this.runningMetrics = this.newMetricsAccumulator();
      const sent = this.parts.request.reportLogits ? { logits } : {};
      context.report({ kind: 'epoch', epoch, ...record, ...(await this.reuse()), ...sent });
    }
  }

  /** @throws DenseNetError ('not-finite') where the network that training has come to gives no finite loss */
  private async evaluated(epoch: number): Promise<Evaluation> {
    const { inference, validation } = this.parts;
    const diverged = (what: string, cause?: unknown) =>
      new DenseNetError(
        'not-finite',
        `after epoch ${epoch + 1} ${what}: training has diverged; lower the learning rate or clip the gradients`,
        { cause },
      );
    const evaluation = await evaluate(inference, validation).catch((error) => {
      if (!(error instanceof NotFiniteError)) throw error;
      throw diverged(`the logits of ${error.images.length} validation images in one batch overflow float32`, error);
    });
    if (!Number.isFinite(evaluation.loss)) throw diverged(`the loss of the validation images is ${evaluation.loss}`);
    return evaluation;
  }

  /** What is left of an epoch, or what of it was done when the signal came. */
  private async epoch(): Promise<void> {
    const { context, trainer, saver } = this.parts;
    const { feed, runningMetrics } = this;
    const past = this.from.epochs.length * feed.batchesPerEpoch;
    let lastReport = context.now();
    let before: Promise<StepResult> | undefined;
    for (let update = runningMetrics.updates; update < feed.batchesPerEpoch && !context.signal.aborted; update++) {
      if (saver.due(past + update)) {
        // Every step is counted first: the sums must be those of the step at which the state is taken.
        if (before) runningMetrics.add(await before);
        before = undefined;
        saver.take(this.record);
      }
      const pending = trainer.step(this.microBatches(feed.take()));
      // It is awaited one turn later; until then its failure is nobody's.
      pending.catch(() => undefined);
      if (before) runningMetrics.add(await before);
      // The buffer that this fills is the last step's, which is done; the GPU has the one under way to work on.
      feed.prepare();
      before = pending;
      if (runningMetrics.updates === 0 || context.now() - lastReport < REPORT_EVERY) continue;
      lastReport = context.now();
      context.report({
        kind: 'progress',
        epoch: this.from.epochs.length,
        updates: runningMetrics.updates,
        ...runningMetrics.running(lastReport),
      });
    }
    if (before) runningMetrics.add(await before);
  }

  private async reuse() {
    const { request, trainer } = this.parts;
    if (!request.reportReuse) return {};
    return { reuse: featureReuse(trainer.model.network, await trainer.model.stateDict()) };
  }

  private newMetricsAccumulator(): MetricsAccumulator {
    const { batch, accumulate } = this.parts.request;
    return new MetricsAccumulator(batch * accumulate, this.parts.context.now(), this.from.runningMetrics);
  }

  private get seconds(): number {
    return this.from.seconds + (this.parts.context.now() - this.started) / 1000;
  }

  private microBatches(staged: StagedBatch): readonly [Batch, ...Batch[]] {
    const { batch, accumulate, training } = this.parts.request;
    const bytes = batch * imageBytes(training);
    const part = (i: number): Batch => ({
      images: staged.pixels.subarray(i * bytes, (i + 1) * bytes),
      labels: staged.labels.subarray(i * batch, (i + 1) * batch),
    });
    return [part(0), ...Array.from({ length: accumulate - 1 }, (_, i) => part(i + 1))];
  }
}

/** Batches from the update at which the run stands: the first of the next epoch where this one is through. */
function feedOf({ request, training }: RunParts, { epochs, runningMetrics, updatesPerEpoch }: RunMetadata): BatchFeed {
  const { batch, accumulate, seed } = request;
  const through = runningMetrics.updates === updatesPerEpoch;
  return new BatchFeed(training, {
    batchSize: batch * accumulate,
    seed,
    dropLast: true,
    epoch: epochs.length + (through ? 1 : 0),
    index: through ? 0 : runningMetrics.updates,
  });
}

export const NO_METRICS: RunningMetrics = { updates: 0, loss: 0, correct: 0, learningRate: 0 };

/** What an epoch has come to so far: sums that a run's metadata keeps, and the means that people see. */
class MetricsAccumulator {
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
