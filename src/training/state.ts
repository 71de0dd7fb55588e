// A run's state as a file, and whether a run may resume from one: which training a file is of (`trainingId`), what it says
// besides its numbers, when a state is saved and how it is made, and which request and images it goes on with.

import { putDigest } from '../data/file-digest.ts';
import { sha256 } from '../data/sha256.ts';
import { encodeUtf8 } from '../data/utf8.ts';
import { writeCheckpoint } from '../densenet/train/checkpoint.ts';
import {
  type HyperparametersInput,
  hyperparametersOf,
  hyperparametersToJson,
  identifyingJson,
  isOpenEnded,
} from '../densenet/train/hyperparameters.ts';
import {
  completion,
  type DataFingerprint,
  type EngineRecord,
  isComplete,
  type RunMetadata,
  sameImages,
  stepOf,
} from '../densenet/train/run-metadata.ts';
import { resizingOfCrops } from '../densenet/train/source-size.ts';
import type { Trainer } from '../densenet/train/trainer.ts';
import { undigestedTrainingState } from '../densenet/train/training-state.ts';
import { ConfigError, DenseNetError, StateError } from '../runtime/errors.ts';
import type { ImagesInfo, RunContext, RunSettings, SaveEvery } from './events.ts';
import { modelCard } from './model-card.ts';

/** Puts its SHA-256 into a file that was written with zeros for it. */
async function digested(file: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const digest = await sha256(file);
  putDigest(file, () => digest);
  return file;
}

/**
 * Which training a file is of: the same for the same hyperparameters, images and starting weights; where the schedule has no end,
 * however many epochs it has. `about.start` tells starting weights apart.
 */
export async function trainingId({
  hyperparameters,
  data,
  about,
}: Pick<RunMetadata, 'data' | 'about'> & { readonly hyperparameters: HyperparametersInput }): Promise<string> {
  const { epochs, ...rest } = identifyingJson(hyperparameters);
  const length = isOpenEnded(hyperparameters) ? null : epochs;
  const of = ({ count, pixels, labels }: DataFingerprint) => [count, pixels, labels];
  const prints = [...of(data.training), ...(data.validation ? of(data.validation) : [])];
  const text = JSON.stringify([rest, length, prints, about.start ?? null]);
  return (await sha256(encodeUtf8(text))).slice(0, 32);
}

/** For `writeCheckpoint` and `writeTrainingState`. No times: the same training gives the same file. */
export async function detailsOf(training: ImagesInfo, run: RunMetadata) {
  const { epochs, batch, accumulate, optimizer, learningRate, schedule, seed, normalisation } = run.hyperparameters;
  const resizing = resizingOfCrops(run.hyperparameters.config, run.data.training);
  return {
    normalisation,
    ...(resizing && { resizing }),
    classNames: training.classNames,
    card: modelCard(run, training),
    training: {
      id: await trainingId(run),
      updates: stepOf(run),
      interrupted: !isComplete(run),
      validation: run.epochs.at(-1)?.validationAccuracy ?? null,
      epochs,
      batch,
      accumulate,
      optimizer,
      learningRate,
      schedule,
      seed,
      images: training.count,
      ...run.about,
    },
  };
}

/**
 * The run's record under the hyperparameters that were asked for. More epochs are fine where the schedule does not depend on them.
 * @throws ConfigError naming what is not the run's, or where nothing of it is left to do
 */
export function resumedRun(run: RunMetadata, given: HyperparametersInput, data: RunMetadata['data']): RunMetadata {
  const hyperparameters = hyperparametersOf(given);
  const was = hyperparametersToJson(run.hyperparameters);
  const wanted = hyperparametersToJson(hyperparameters);
  for (const field of Object.keys(was) as (keyof typeof was)[]) {
    if (field !== 'epochs' && !same(was[field], wanted[field])) {
      throw new ConfigError(
        field,
        wanted[field],
        `is not the run's own, ${JSON.stringify(was[field])}; it goes on with that`,
      );
    }
  }
  checkEpochs(run, hyperparameters.epochs);
  for (const part of ['training', 'validation'] as const) {
    if (sameImages(run.data[part], data[part])) continue;
    const was = run.data[part];
    const own = was ? `the run's ${was.count} of ${was.height} x ${was.width}` : 'none, which the run has';
    throw new ConfigError(
      part === 'training' ? 'training images' : 'validation images',
      data[part]?.count ?? 'none',
      `are other images than ${own}: it goes on with the very same only`,
    );
  }
  return { ...run, hyperparameters };
}

/** @throws ConfigError for fewer epochs than the run has, or more where the schedule was laid over its own */
export function checkEpochs({ hyperparameters, ...run }: RunMetadata, epochs: number): void {
  if (epochs < hyperparameters.epochs)
    throw new ConfigError('epochs', epochs, `are fewer than the run's ${hyperparameters.epochs}`);
  if (epochs > hyperparameters.epochs && !isOpenEnded(hyperparameters)) {
    throw new ConfigError(
      'epochs',
      epochs,
      `are more than the ${hyperparameters.epochs} over which the run's ${hyperparameters.schedule} schedule is laid; only one that does not depend on the run's length has no end: constant, plateau, milestones`,
    );
  }
  const done = completion({ ...run, hyperparameters: { ...hyperparameters, epochs } });
  if (done !== undefined) throw new ConfigError('epochs', epochs, done);
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** What is another than where the state was made, for people; none: the run goes on bit for bit. */
export function engineNotes(was: EngineRecord, is: EngineRecord): string[] {
  const changes = [
    was.gpu === is.gpu ? '' : `the GPU is ${is.gpu} and was ${was.gpu}`,
    was.host === is.host ? '' : `the host is ${is.host} and was ${was.host}`,
    was.version === is.version ? '' : `the version is ${is.version} and was ${was.version}`,
    was.plan === is.plan ? '' : 'the kernels are others',
  ].filter((change) => change !== '');
  return changes.length === 0 ? [] : [`${changes.join('; ')}: the run goes on, but may round otherwise from here`];
}

/**
 * When a run's state is reported, and how it is made: copied on the GPU behind the last step, read and written to a file
 * while the next steps run. One at a time. A state that is not finite is an error, never left out in silence.
 */
export class StateSaver {
  private last: { readonly step: number; readonly at: number };
  private saving: Promise<void> | undefined;
  private failure: unknown;

  constructor(
    private readonly settings: RunSettings,
    private readonly training: ImagesInfo,
    private readonly trainer: Trainer,
    private readonly context: RunContext,
  ) {
    this.last = { step: trainer.stepCount, at: context.now() };
  }

  /** @throws GpuError where there is no memory for copies of the state */
  async prepare(): Promise<void> {
    if (this.settings.saveEvery) await this.trainer.prepareState();
  }

  /** Whether it is time for another, after so many steps. */
  due(step: number): boolean {
    const { saveEvery } = this.settings;
    if (this.failure !== undefined) throw this.failure;
    if (!saveEvery || this.saving || step === this.last.step) return false;
    return isPast(saveEvery, step - this.last.step, (this.context.now() - this.last.at) / 1000);
  }

  /** Takes the state now, when every step that was submitted has been counted in `run`; it is reported once it has been read. */
  take(run: RunMetadata): void {
    this.last = { step: stepOf(run), at: this.context.now() };
    this.saving = this.save(run)
      .catch((error) => {
        this.failure = error;
      })
      .finally(() => {
        this.saving = undefined;
      });
  }

  /** The state's file. @throws DenseNetError `not-finite` naming the tensor; GpuError, DeviceLostError */
  async file(run: RunMetadata): Promise<Uint8Array<ArrayBuffer>> {
    const { network } = this.trainer.model;
    const state = await this.trainer.state();
    const details = await detailsOf(this.training, run);
    return digested(finite(state.steps, () => undigestedTrainingState(network, state, { run, ...details })));
  }

  /** The network as it is, or its averaged weights where the run keeps those, with what it was trained on. @throws DenseNetError `not-finite`; GpuError, DeviceLostError */
  async checkpoint(run: RunMetadata): Promise<Uint8Array<ArrayBuffer>> {
    const { trainer } = this;
    const { model, stepCount: steps } = trainer;
    const details = { ...(await detailsOf(this.training, run)), steps };
    const state = await (trainer.averagesWeights ? trainer.averagedStateDict() : model.stateDict());
    return finite(steps, () => writeCheckpoint(model.network, state, details));
  }

  /**
   * Reports the state of a run that came to a step whose numbers are not finite: the trainer holds those from before it, also
   * behind steps that were submitted after. Where they are not a valid state, reports why.
   */
  async takeLastGood(run: RunMetadata): Promise<void> {
    this.failure = undefined;
    try {
      await this.save(run);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.context.report({ kind: 'unsaved', step: stepOf(run), why });
    }
  }

  /** Waits for the one under way. @throws what made it fail */
  async settle(): Promise<void> {
    await this.saving;
    if (this.failure !== undefined) throw this.failure;
  }

  private async save(run: RunMetadata): Promise<void> {
    const state = await this.file(run);
    this.context.report({
      kind: 'state',
      epoch: run.epochs.length,
      updates: run.runningMetrics.updates,
      step: stepOf(run),
      complete: isComplete(run),
      state,
    });
  }
}

/** What `write` returns; where it throws for a tensor that is not finite, that is what training has come to. */
export function finite<T>(steps: number, write: () => T): T {
  try {
    return write();
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    const what = `after ${steps} updates ${error.message}: nothing is written; lower the learning rate or clip the gradients`;
    throw new DenseNetError('not-finite', what, { cause: error });
  }
}

const isPast = (every: SaveEvery, updates: number, seconds: number): boolean =>
  'updates' in every ? updates >= every.updates : seconds >= every.seconds;
