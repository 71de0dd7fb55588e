// A training in the worker that keeps itself: its images once, its state every so often. Where the browser keeps nothing,
// or no room is left, it trains all the same, and says so.

import type { LabelledImages } from '../../src/data/idx.ts';
import { buildNetwork } from '../../src/densenet/network.ts';
import { hyperparametersOf } from '../../src/densenet/train/hyperparameters.ts';
import { optimizerOf } from '../../src/densenet/train/optimizers.ts';
import type { JobContext } from '../../src/jobs/define-job.ts';
import type { TrainAnswer, TrainEvent, TrainRequest } from '../../src/jobs/train-request.ts';
import { imagesInfo } from '../../src/training/events.ts';
import { runImages, saveImages, saveState, stateFile, storedRun } from '../runs/run-store.ts';
import { follow, type RunTitle, type SavedRun, secondsBetween, upTo } from '../runs/saved-run.ts';

/** The page's trainings are always validated. */
type WithValidation = TrainRequest<LabelledImages> & { readonly validation: LabelledImages };

/** A new training, and what it is kept as; left out: it is not. */
export type Started = WithValidation & { readonly save?: RunTitle | undefined };

/** Goes on with the run of this id. */
export type Resumed = { readonly resumeRun: string };

/** Beside the training's own events: the state is in storage since then (milliseconds since 1970), or is not. */
export type SaveEvent =
  | { readonly kind: 'stored'; readonly at: number }
  | { readonly kind: 'not-stored'; readonly why: string };

type Context = JobContext<TrainEvent | SaveEvent>;
type Train = (request: TrainRequest<LabelledImages>, context: JobContext<TrainEvent>) => Promise<TrainAnswer>;

/** `train` with runs that are saved and runs that are resumed. */
export const savingTrainings =
  (train: Train) =>
  async (asked: Started | Resumed, context: Context): Promise<TrainAnswer> => {
    if ('resumeRun' in asked) return resumeRun(train, asked.resumeRun, context);
    const { save, ...request } = asked;
    if (!save) return train(request, context);
    const { training, validation, start, reportLogits = false, about = {} } = request;
    try {
      await saveImages(save.id, 'training', training);
      await saveImages(save.id, 'validation', validation);
    } catch (error) {
      context.report({ kind: 'not-stored', why: messageOf(error) });
      return train(request, context);
    }
    const hyperparameters = hyperparametersOf(request);
    const saveEvery = { seconds: secondsBetween(stateBytes(request)) };
    const saved: SavedRun['request'] = {
      ...hyperparameters,
      training: imagesInfo(training),
      validation: imagesInfo(validation),
      reportLogits,
      about,
      saveEvery,
    };
    const saver = new RunSaver(save, saved, { epochs: request.epochs, points: [] }, context);
    return saver.run(train, { ...saved, training, validation, start });
  };

/** @throws StorageError, DataError where what was kept cannot be read */
async function resumeRun(train: Train, id: string, context: Context): Promise<TrainAnswer> {
  const run = await storedRun(id);
  const { request, progress } = run;
  const [training, validation] = await Promise.all([runImages(id, 'training'), runImages(id, 'validation')]);
  const resume = new Uint8Array(await (await stateFile(id)).arrayBuffer());
  const saver = new RunSaver(run, request, progress, context);
  return saver.run(train, {
    ...request,
    training: { ...training, ...request.training },
    validation: { ...validation, ...request.validation },
    resume,
  });
}

class RunSaver {
  private updatesPerEpoch = 1;
  private writing: Promise<void> = Promise.resolve();
  private next: (() => Promise<void>) | undefined;
  private broken = false;

  constructor(
    private readonly title: RunTitle,
    private readonly request: SavedRun['request'],
    private progress: SavedRun['progress'],
    private readonly context: Context,
  ) {}

  /** Trains; an interrupted run is kept as it ends. */
  async run(train: Train, request: TrainRequest<LabelledImages>): Promise<TrainAnswer> {
    try {
      const answer = await train(request, { ...this.context, report: (event) => this.report(event) });
      const { interrupted, updates } = answer.report;
      if (interrupted) {
        const place = { epoch: Math.floor(updates / this.updatesPerEpoch), updates: updates % this.updatesPerEpoch };
        this.save(answer.checkpoint, { ...place, updatesPerEpoch: this.updatesPerEpoch });
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
    if (!complete) this.save(state, { epoch, updates, updatesPerEpoch: this.updatesPerEpoch });
  }

  /** Puts a state in the last one's place, after the writing under way; of several that wait, the last. */
  private save(state: Uint8Array<ArrayBuffer>, place: SavedRun['place']): void {
    const run = { ...this.title, request: this.request, place, progress: upTo(this.progress, place) };
    const waiting = this.next !== undefined;
    this.next = async () => {
      try {
        await saveState({ ...run, saved: Date.now() }, state);
        this.broken = false;
        this.context.report({ kind: 'stored', at: Date.now() });
      } catch (error) {
        if (!this.broken) this.context.report({ kind: 'not-stored', why: messageOf(error) });
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
function stateBytes({ config, optimizer }: TrainRequest<LabelledImages>): number {
  return 4 * buildNetwork(config).parameterCount * (1 + optimizerOf(optimizer.kind).state.length);
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
