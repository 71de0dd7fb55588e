// A training in the worker that keeps itself: its images once, its state every so often. Where the browser keeps nothing,
// or no room is left, it trains all the same, and says so.

import { buildNetwork } from '../../src/densenet/network.ts';
import { hyperparametersOf } from '../../src/densenet/train/hyperparameters.ts';
import type { HostContext, Job } from '../../src/jobs/job.ts';
import { imagesAttachments, readImages } from '../../src/jobs/labelled.ts';
import { attachment, type JsonValue, type Message, message } from '../../src/jobs/message.ts';
import type { TrainEvent, TrainReport, TrainRequest } from '../../src/jobs/train-messages.ts';
import { follow, type KeptRun, type RunTitle, secondsBetween, upTo } from './kept-run.ts';
import { keepImages, keepState, runImages, stateFile, storedRun } from './run-store.ts';
import type { GoOn, Keep, KeepEvent } from './runs-protocol.ts';

/** `train` with runs that are kept (`Keep` in the request's head) and runs that go on (`GoOn`). */
export const keepingTrainings =
  (train: Job): Job =>
  async (input, context) => {
    const { keep, goOn } = input.head as Partial<Keep & GoOn>;
    if (goOn !== undefined) return goOnWith(train, goOn, context);
    if (!keep) return train(input, context);
    const request = input.head as unknown as TrainRequest;
    try {
      await keepImages(keep.id, 'training', readImages(input, 'training', request.training));
      await keepImages(keep.id, 'validation', readImages(input, 'validation', request.validation));
    } catch (error) {
      tell(context, { kind: 'unkept', why: wordsOf(error) });
      return train(input, context);
    }
    const { training, validation, reportLogits = false, about = {} } = request;
    const asked = {
      ...{ ...hyperparametersOf(request), training, validation, reportLogits, about },
      saveEvery: { seconds: secondsBetween(stateBytes(request)) },
    };
    const keeper = new Keeper(keep, asked, { epochs: request.epochs, points: [] }, context);
    return keeper.run(train, message(asked as unknown as JsonValue, input.attachments));
  };

/** @throws StorageError, DataError where what was kept cannot be read */
async function goOnWith(train: Job, id: string, context: HostContext): Promise<Message> {
  const run = await storedRun(id);
  const [training, validation] = await Promise.all([runImages(id, 'training'), runImages(id, 'validation')]);
  const state = new Uint8Array(await (await stateFile(id)).arrayBuffer());
  const attachments = new Map([
    ...imagesAttachments('training', training),
    ...imagesAttachments('validation', validation),
    ['resume', state] as const,
  ]);
  const keeper = new Keeper(run, run.request, run.progress, context);
  return keeper.run(train, message(run.request as unknown as JsonValue, attachments));
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
    private readonly context: HostContext,
  ) {}

  /** Trains; an interrupted run is kept as it ends. */
  async run(train: Job, input: Message): Promise<Message> {
    try {
      const result = await train(input, { ...this.context, report: (event, sent) => this.report(event, sent) });
      const { interrupted, updates } = result.head as TrainReport;
      if (interrupted) {
        const place = { epoch: Math.floor(updates / this.updatesPerEpoch), updates: updates % this.updatesPerEpoch };
        this.keep(attachment(result, 'checkpoint'), { ...place, updatesPerEpoch: this.updatesPerEpoch });
      }
      return result;
    } finally {
      await this.writing;
    }
  }

  private report(event: JsonValue, sent?: Readonly<Record<string, Uint8Array>>): void {
    const told = event as TrainEvent;
    if (told.kind === 'ready') this.updatesPerEpoch = told.updates;
    this.progress = follow(this.progress, told, this.updatesPerEpoch);
    if (told.kind !== 'state' || !sent?.state) {
      this.context.report(event, sent);
      return;
    }
    const { epoch, updates, complete } = told;
    // What is complete comes as the training's result.
    if (!complete) this.keep(sent.state, { epoch, updates, updatesPerEpoch: this.updatesPerEpoch });
  }

  /** Puts a state in the last one's place, after the writing under way; of several that wait, the last. */
  private keep(state: Uint8Array, place: KeptRun['place']): void {
    const run = { ...this.title, request: this.request, place, progress: upTo(this.progress, place) };
    const waiting = this.next !== undefined;
    this.next = async () => {
      try {
        await keepState({ ...run, saved: Date.now() }, state.slice());
        this.broken = false;
        tell(this.context, { kind: 'kept', at: Date.now() });
      } catch (error) {
        if (!this.broken) tell(this.context, { kind: 'unkept', why: wordsOf(error) });
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
  return 4 * buildNetwork(config).parameterCount * (optimizer.kind === 'adamw' ? 3 : 2);
}

const tell = (context: HostContext, event: KeepEvent): void => context.report(event);

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
