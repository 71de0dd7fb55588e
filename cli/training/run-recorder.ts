// What a run leaves in its folder while it goes on: the log, step by step, and the network of the best epoch. Nothing here ends a
// training: what cannot be written is said once, and again at the end.

import { dirname } from 'node:path';
import process from 'node:process';
import { buildNetwork } from '../../src/densenet/network.ts';
import { readCheckpoint } from '../../src/densenet/train/checkpoint.ts';
import { hyperparametersToJson } from '../../src/densenet/train/hyperparameters.ts';
import type { EvaluationEntry } from '../../src/densenet/train/log-entries.ts';
import { bestEpoch, type EpochMetrics, type RunMetadata, stepOf } from '../../src/densenet/train/run-metadata.ts';
import type { TrainEvent, TrainingSettings, TrainRequest } from '../../src/jobs/train-request.ts';
import { RunLog } from '../../src/node/run-log.ts';
import type { TrainReport } from '../../src/training/events.ts';
import { trainingId } from '../../src/training/state.ts';
import { VERSION } from '../../src/version.ts';
import { writeWhole } from '../files.ts';
import { shortName } from '../networks.ts';
import { KeptEpochs } from './kept-epochs.ts';
import type { RunFolder } from './run-folder.ts';

/** What computes, for the log. */
export interface RunPlace {
  readonly host: string;
  readonly adapter: string;
}

export interface RecorderOptions {
  readonly folder: RunFolder;
  readonly settings: TrainingSettings;
  readonly request: Pick<TrainRequest, 'training' | 'validation'>;
  readonly place: RunPlace;
  /** The run that goes on; left out: it begins. */
  readonly from: RunMetadata | undefined;
  /** Best epochs whose networks stay, besides the best one. */
  readonly keep: number;
  /** Called with a message where something cannot be written. */
  readonly note: (text: string) => void;
}

export class RunRecorder {
  private readonly epochs: EpochMetrics[] = [];
  private writing: Promise<void> = Promise.resolve();
  private steps = 0;
  private seconds = 0;
  private updates = 0;

  private constructor(
    private readonly folder: RunFolder,
    private readonly log: RunLog,
    private readonly kept: KeptEpochs,
    private readonly note: (text: string) => void,
  ) {}

  static async open({ folder, settings, request, place, from, keep, note }: RecorderOptions): Promise<RunRecorder> {
    const resume = from && { step: stepOf(from), epochs: from.epochs.length };
    const log = await RunLog.open(folder.path, { resume, onProblem: (error) => note(error.message) });
    const id = from && (await trainingId({ ...from, hyperparameters: settings }));
    const recorder = new RunRecorder(folder, log, new KeptEpochs({ folder: folder.path, most: keep, id, note }), note);
    const where = {
      time: new Date().toISOString(),
      adapter: place.adapter,
      host: place.host,
      versions: { 'densenet-webgpu': VERSION, node: process.version },
    };
    if (from) {
      recorder.steps = stepOf(from);
      recorder.seconds = from.seconds;
      log.write({ kind: 'resume', step: stepOf(from), seconds: from.seconds, epochs: from.epochs.length, ...where });
      return recorder;
    }
    const { count, channels, height, width, classNames } = request.training;
    log.write({
      kind: 'run',
      version: 1,
      name: folder.path,
      model: shortName(settings.config),
      parameters: buildNetwork(settings.config).parameterCount,
      seed: settings.seed,
      hyperparameters: hyperparametersToJson(settings),
      data: { images: count, channels, height, width, classes: classNames, validation: request.validation?.count ?? 0 },
      ...where,
    });
    return recorder;
  }

  tell(event: TrainEvent): void {
    if (event.kind === 'ready') {
      this.updates = event.updates;
      this.epochs.push(...event.epochs);
    } else if (event.kind === 'steps') {
      const { epoch, first, losses, accuracies, learningRates, imagesPerSecond, seconds } = event;
      const began = this.seconds;
      for (const [i, loss] of losses.entries()) {
        this.log.write({
          kind: 'step',
          step: first + i + 1,
          // Between two reports all steps take as long.
          seconds: began + ((seconds - began) * (i + 1)) / losses.length,
          epoch,
          loss,
          accuracy: accuracies[i] ?? Number.NaN,
          learningRate: learningRates[i] ?? Number.NaN,
          imagesPerSecond,
          gradientNorm: undefined,
        });
      }
      this.seconds = seconds;
      this.steps = first + losses.length;
    } else if (event.kind === 'epoch') {
      const { epoch, loss, accuracy, learningRate, imagesPerSecond, seconds } = event;
      this.epochs.push(event);
      this.seconds = seconds;
      this.steps = (epoch + 1) * this.updates;
      this.log.write({
        kind: 'epoch',
        step: this.steps,
        seconds,
        epoch,
        ...{ loss, accuracy, learningRate, imagesPerSecond },
        validationLoss: event.validationLoss ?? Number.NaN,
        validationAccuracy: event.validationAccuracy ?? Number.NaN,
        metrics: {},
      });
    } else if (event.kind === 'best') this.keep(event);
  }

  /** Before a state is saved: the log then has every step ahead of it. */
  flush(): Promise<void> {
    return this.log.flush();
  }

  /** The training is over. @param ended the report of a run that came to its end or was interrupted, or why it failed */
  async ended(ended: TrainReport | Error): Promise<void> {
    await this.writing;
    await this.kept.prune(this.epochs, this.updates);
    const reason =
      ended instanceof Error
        ? 'failed'
        : ended.interrupted
          ? 'interrupted'
          : ended.stoppedEarly
            ? 'stopped-early'
            : 'complete';
    this.log.write({
      kind: 'end',
      step: this.steps,
      seconds: this.seconds,
      time: new Date().toISOString(),
      reason,
      problem: ended instanceof Error ? ended.message.slice(0, 4000) : '',
    });
    await this.log.flush();
  }

  /** How well its network does, once it is over. */
  evaluated(found: Omit<EvaluationEntry, 'kind' | 'step' | 'seconds'>): void {
    this.log.write({ kind: 'evaluation', step: this.steps, seconds: this.seconds, ...found });
  }

  /** Writes what waits, and says what of the log is missing. */
  async close(): Promise<void> {
    for (const error of await this.log.close())
      this.note(`the log in ${this.folder.path} is not whole: ${error.message}`);
  }

  /** One network after the other, so that the last is the best. */
  private keep({ epoch, rank, checkpoint }: Extract<TrainEvent, { kind: 'best' }>): void {
    const { best } = this.folder.files;
    const epochs = this.epochs.slice(0, epoch + 1);
    this.writing = this.writing.then(async () => {
      if (rank === 0 && bestEpoch(epochs) === epoch) {
        await writeWhole(best, checkpoint, (bytes) => void readCheckpoint(bytes, best)).catch((error: unknown) => {
          this.note(
            `the best network was not saved in ${dirname(best)}: ${error instanceof Error ? error.message : error}`,
          );
        });
      }
      await this.kept.add(epoch, checkpoint);
      await this.kept.prune(epochs, this.updates);
    });
  }
}
