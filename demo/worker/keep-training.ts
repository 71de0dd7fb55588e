// A training in the worker that keeps itself: its images once, its state every so often. Where the browser keeps nothing,
// or no room is left, it trains all the same, and says so.

import { buildNetwork } from '../../src/densenet/network.ts';
import { hyperparametersOf } from '../../src/densenet/train/hyperparameters.ts';
import { optimizerOf } from '../../src/densenet/train/optimizers.ts';
import type { JobContext } from '../../src/jobs/define-job.ts';
import { imagesInfo, type TrainAnswer, type TrainEvent, type TrainRequest } from '../../src/jobs/train.ts';
import { follow, type KeptRun, type RunTitle, secondsBetween, upTo } from '../runs/kept-run.ts';
import { keepImages, keepState, runImages, stateFile, storedRun } from '../runs/run-store.ts';

/** A new training, and what it is kept as; left out: it is not. */
export type Started = TrainRequest & { readonly keep?: RunTitle | undefined };

/** Goes on with the run of this id. */
export type Resumed = { readonly goOn: string };

/** Beside the training's own events: the state is in storage since then (milliseconds since 1970), or is not. */
export type KeepEvent =
  | { readonly kind: 'kept'; readonly at: number }
  | { readonly kind: 'unkept'; readonly why: string };

type Context = JobContext<TrainEvent | KeepEvent>;
type Train = (request: TrainRequest, context: JobContext<TrainEvent>) => Promise<TrainAnswer>;

/** `train` with runs that are kept and runs that go on. */
export const keepingTrainings =
  (train: Train) =>
  async (asked: Started | Resumed, context: Context): Promise<TrainAnswer> => {
    if ('goOn' in asked) return goOnWith(train, asked.goOn, context);
    const { keep, ...request } = asked;
    if (!keep) return train(request, context);
    const { training, validation, start, reportLogits = false, about = {} } = request;
    try {
      await keepImages(keep.id, 'training', training);
      await keepImages(keep.id, 'validation', validation);
    } catch (error) {
      context.report({ kind: 'unkept', why: wordsOf(error) });
      return train(request, context);
    }
    const hyperparameters = hyperparametersOf(request);
    const saveEvery = { seconds: secondsBetween(stateBytes(request)) };
    const kept: KeptRun['request'] = {
      ...hyperparameters,
      training: imagesInfo(training),
      validation: imagesInfo(validation),
      reportLogits,
      about,
      saveEvery,
    };
    const keeper = new Keeper(keep, kept, { epochs: request.epochs, points: [] }, context);
    return keeper.run(train, { ...kept, training, validation, start });
  };

/** @throws StorageError, DataError where what was kept cannot be read */
async function goOnWith(train: Train, id: string, context: Context): Promise<TrainAnswer> {
  const run = await storedRun(id);
  const { request, progress } = run;
  const [training, validation] = await Promise.all([runImages(id, 'training'), runImages(id, 'validation')]);
  const resume = new Uint8Array(await (await stateFile(id)).arrayBuffer());
  const keeper = new Keeper(run, request, progress, context);
  return keeper.run(train, {
    ...request,
    training: { ...training, ...request.training },
    validation: { ...validation, ...request.validation },
    resume,
  });
}

class Keeper {
  private updatesPerEpoch = 1;
  private writing: Promise<void> = Promise.resolve();
  private next: (() => Promise<void>) | undefined;
  private broken = false;

  constructor(
    private readonly title: RunTitle,
    private readonly request: KeptRun['request'],
    private progress: KeptRun['progress'],
    private readonly context: Context,
  ) {}

  /** Trains; an interrupted run is kept as it ends. */
  async run(train: Train, request: TrainRequest): Promise<TrainAnswer> {
    try {
      const answer = await train(request, { ...this.context, report: (event) => this.report(event) });
      const { interrupted, updates } = answer.report;
      if (interrupted) {
        const place = { epoch: Math.floor(updates / this.updatesPerEpoch), updates: updates % this.updatesPerEpoch };
        this.keep(answer.checkpoint, { ...place, updatesPerEpoch: this.updatesPerEpoch });
      }
      return answer;
    } finally {
      await this.writing;
    }
  }

  private report(event: TrainEvent): void {
    if (event.kind === 'ready') this.updatesPerEpoch = event.updates;
    this.progress = follow(this.progress, event, this.updatesPerEpoch);
    if (event.kind !== 'state') {
      this.context.report(event);
      return;
    }
    const { epoch, updates, complete, state } = event;
    // What is complete comes as the training's result.
    if (!complete) this.keep(state, { epoch, updates, updatesPerEpoch: this.updatesPerEpoch });
  }

  /** Puts a state in the last one's place, after the writing under way; of several that wait, the last. */
  private keep(state: Uint8Array<ArrayBuffer>, place: KeptRun['place']): void {
    const run = { ...this.title, request: this.request, place, progress: upTo(this.progress, place) };
    const waiting = this.next !== undefined;
    this.next = async () => {
      try {
        await keepState({ ...run, saved: Date.now() }, state);
        this.broken = false;
        this.context.report({ kind: 'kept', at: Date.now() });
      } catch (error) {
        if (!this.broken) this.context.report({ kind: 'unkept', why: wordsOf(error) });
        this.broken = true;
      }
    };
    if (waiting) return;
    this.writing = this.writing.then(() => {
      const write = this.next;
      this.next = undefined;
      return write?.();
    });
  }
}

/** Parameters, running statistics (fewer than they) and moments, four bytes each. */
function stateBytes({ config, optimizer }: TrainRequest): number {
  return 4 * buildNetwork(config).parameterCount * (1 + optimizerOf(optimizer.kind).state.length);
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
