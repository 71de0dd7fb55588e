// One training, epoch after epoch, from wherever its record says it stands. The next batches are read while the GPU works
// on the last.

import type { BatchFeed } from '../data/batches.ts';
import type { ImageDataset } from '../data/dataset.ts';
import { featureReuse } from '../densenet/explain/feature-reuse.ts';
import type { Inference } from '../densenet/inference.ts';
import { type EpochShape, epochShape, imagesOfUpdate } from '../densenet/train/epoch-shape.ts';
import { hyperparametersOf } from '../densenet/train/hyperparameters.ts';
import { isComplete, type RunMetadata, type RunningMetrics, rankedEpochs } from '../densenet/train/run-metadata.ts';
import type { StepResult, Trainer } from '../densenet/train/trainer.ts';
import { DenseNetError, NotFiniteError } from '../runtime/errors.ts';
import { type Evaluation, evaluateWith, logitsSource } from './evaluate.ts';
import type { RunContext, Running, RunSettings } from './events.ts';
import type { StateSaver } from './state.ts';
import { microBatches, updateFeed } from './updates.ts';

/** Progress is reported at most so often, in milliseconds: a fast GPU takes thousands of steps per second. */
const REPORT_EVERY = 100;

export interface RunParts {
  readonly settings: RunSettings;
  readonly context: RunContext;
  readonly trainer: Trainer;
  /** Of the validation images; left out where there are none. */
  readonly validating: Validating | undefined;
  readonly training: ImageDataset;
  readonly saver: StateSaver;
}

export interface Validating {
  readonly inference: Inference;
  readonly images: ImageDataset;
}

export class Run {
  private readonly feed: BatchFeed;
  private readonly shape: EpochShape;
  private readonly started: number;
  private readonly labels: number;
  private runningMetrics: MetricsAccumulator;
  /** Steps that are done and not reported yet. */
  private steps: StepResult[] = [];

  /** @param from where the run stands; the trainer stands there too */
  constructor(
    private readonly parts: RunParts,
    private from: RunMetadata,
  ) {
    this.started = parts.context.now();
    this.shape = epochShape(hyperparametersOf(parts.settings), parts.training.count);
    this.feed = feedOf(parts, this.shape, from);
    this.labels = knownPerImage(parts.training.labels, parts.training.count);
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
    if (isComplete(this.from) && this.parts.settings.saveEvery) saver.take(this.record);
    await saver.settle();
  }

  private async epochs(): Promise<void> {
    const { context } = this.parts;
    while (!isComplete(this.from)) {
      await this.epoch();
      if (context.signal.aborted) break;
      const epoch = this.from.epochs.length;
      const { waiting: _, ...summary } = this.runningMetrics.running(context.now());
      const found = await this.evaluated(epoch);
      const record = {
        ...summary,
        validationAccuracy: found?.accuracy ?? null,
        validationLoss: found?.loss ?? null,
        seconds: this.seconds,
      };
      this.from = { ...this.from, epochs: [...this.from.epochs, record], runningMetrics: NO_METRICS };
      this.runningMetrics = this.newMetricsAccumulator();
      const sent = found && this.parts.settings.reportLogits ? { logits: found.logits } : {};
      context.report({ kind: 'epoch', epoch, ...record, ...(await this.reuse()), ...sent });
      await this.reportBest(epoch);
    }
  }

  private async reportBest(epoch: number): Promise<void> {
    const { settings, saver, context } = this.parts;
    const { reportBest = 0 } = settings;
    const rank = rankedEpochs(this.from.epochs).indexOf(epoch);
    if (rank >= reportBest) return;
    context.report({ kind: 'best', epoch, rank, checkpoint: await saver.checkpoint(this.record) });
  }

  /** @throws DenseNetError ('not-finite') where the network that training has come to gives no finite loss */
  private async evaluated(epoch: number): Promise<Evaluation | undefined> {
    const { validating, trainer } = this.parts;
    if (!validating) return undefined;
    const diverged = (what: string, cause?: unknown) =>
      new DenseNetError(
        'not-finite',
        `after epoch ${epoch + 1} ${what}: training has diverged; lower the learning rate or clip the gradients`,
        { cause },
      );
    const work = () => evaluateWith(logitsSource(validating.inference), validating.images);
    const evaluating = trainer.averagesWeights ? trainer.withAverage(work) : work();
    const evaluation = await evaluating.catch((error) => {
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
    const past = this.from.epochs.length * this.shape.updates;
    let lastReport = context.now();
    let before: Promise<StepResult> | undefined;
    for (let update = runningMetrics.updates; update < this.shape.updates && !context.signal.aborted; update++) {
      if (saver.due(past + update)) {
        // Every step is counted first: the sums must be those of the step at which the state is taken.
        if (before) this.count(await before);
        before = undefined;
        this.reportSteps();
        saver.take(this.record);
      }
      const asked = context.now();
      const staged = await feed.take();
      runningMetrics.waited(context.now() - asked);
      const pending = trainer.step(microBatches(staged, this.shape, this.parts.training));
      // It is awaited one turn later; until then its failure is nobody's.
      pending.catch(() => undefined);
      if (before) this.count(await before);
      // The GPU has the step under way to work on.
      feed.prepare();
      before = pending;
      if (runningMetrics.updates === 0 || context.now() - lastReport < REPORT_EVERY) continue;
      lastReport = context.now();
      this.reportSteps();
      context.report({
        kind: 'progress',
        epoch: this.from.epochs.length,
        updates: runningMetrics.updates,
        ...runningMetrics.running(lastReport),
      });
    }
    if (before) this.count(await before);
    this.reportSteps();
  }

  private count(result: StepResult): void {
    this.runningMetrics.add(result);
    if (this.parts.settings.reportSteps) this.steps.push(result);
  }

  private reportSteps(): void {
    const { steps, shape, runningMetrics } = this;
    const [first] = steps;
    if (!first) return;
    this.steps = [];
    const before = runningMetrics.updates - steps.length;
    this.parts.context.report({
      kind: 'steps',
      epoch: this.from.epochs.length,
      first: first.step,
      losses: steps.map(({ loss }) => loss),
      accuracies: steps.map(({ correct }, i) => runningMetrics.share(correct, imagesOfUpdate(shape, before + i))),
      learningRates: steps.map(({ learningRate }) => learningRate),
      imagesPerSecond: runningMetrics.running(this.parts.context.now()).imagesPerSecond,
      seconds: this.seconds,
    });
  }

  private async reuse() {
    const { settings, trainer } = this.parts;
    if (!settings.reportReuse) return {};
    return { reuse: featureReuse(trainer.model.network, await trainer.model.stateDict()) };
  }

  private newMetricsAccumulator(): MetricsAccumulator {
    return new MetricsAccumulator(this.shape, this.labels, this.parts.context.now(), this.from.runningMetrics);
  }

  private get seconds(): number {
    return this.from.seconds + (this.parts.context.now() - this.started) / 1000;
  }
}

/** Batches from the update at which the run stands: the first of the next epoch where this one is through. */
function feedOf(
  { settings, training }: RunParts,
  shape: EpochShape,
  { epochs, runningMetrics }: RunMetadata,
): BatchFeed {
  const through = runningMetrics.updates === shape.updates;
  return updateFeed(training, shape, {
    seed: settings.seed,
    epoch: epochs.length + (through ? 1 : 0),
    index: through ? 0 : runningMetrics.updates,
  });
}

/** Of one label per image 1; of several those that are not missing, as a mean over the images. */
function knownPerImage(labels: ImageDataset['labels'], count: number): number {
  if (labels instanceof Int32Array) return 1;
  let known = 0;
  for (const label of labels) if (!Number.isNaN(label)) known++;
  return Math.max(known, 1) / count;
}

export const NO_METRICS: RunningMetrics = { updates: 0, loss: 0, correct: 0, learningRate: 0 };

/** What an epoch has come to so far: sums that a run's metadata keeps, and the means that people see. */
class MetricsAccumulator {
  private sums: RunningMetrics;
  /** Updates that were there when the clock started. */
  private readonly before: number;
  /** Milliseconds since then in which no step could be submitted for want of its images. */
  private waiting = 0;

  /** @param started on the clock that `running` is given */
  constructor(
    private readonly shape: EpochShape,
    /** Labels of an image, those that are missing aside: a mean. */
    private readonly labels: number,
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
    const { sums, shape } = this;
    // In units of a whole update.
    const weight = imagesOfUpdate(shape, sums.updates) / shape.update;
    this.sums = {
      updates: sums.updates + 1,
      loss: sums.loss + weight * loss,
      correct: sums.correct + correct,
      learningRate,
    };
  }

  waited(milliseconds: number): void {
    this.waiting += milliseconds;
  }

  /** Images of the epoch's first updates. */
  private imagesOf(updates: number): number {
    return Math.min(updates * this.shape.update, this.shape.images);
  }

  /** Of the labels of so many images, the share that is right. Which labels are missing may differ from image to image: never above 1. */
  share(correct: number, images: number): number {
    return Math.min(1, correct / (images * this.labels));
  }

  running(now: number): Running {
    const { updates, loss, correct, learningRate } = this.sums;
    const seconds = Math.max(1e-3, (now - this.started) / 1000);
    const images = this.imagesOf(Math.max(1, updates));
    return {
      loss: loss / (images / this.shape.update),
      accuracy: this.share(correct, images),
      imagesPerSecond: (this.imagesOf(updates) - this.imagesOf(this.before)) / seconds,
      waiting: Math.min(1, this.waiting / 1000 / seconds),
      learningRate,
    };
  }
}
