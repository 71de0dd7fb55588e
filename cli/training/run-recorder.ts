// What a run says while it goes on, entry by entry, and what it leaves in its folder: the log of these entries, and the network of the
// best epoch. Nothing here ends a training: what cannot be written is said once, and again at the end.

import { dirname } from 'node:path';
import process from 'node:process';
import { buildNetwork } from '../../src/densenet/network.ts';
import { readCheckpoint } from '../../src/densenet/train/checkpoint.ts';
import { hyperparametersToJson } from '../../src/densenet/train/hyperparameters.ts';
import { type EvaluationEntry, LOG_VERSION, type LogEntry } from '../../src/densenet/train/log-entries.ts';
import { bestEpoch, type EpochMetrics, type RunMetadata, stepOf } from '../../src/densenet/train/run-metadata.ts';
import type { TrainEvent, TrainingSettings, TrainRequest } from '../../src/jobs/train-request.ts';
import { RunLog } from '../../src/node/run-log.ts';
import type { TrainReport } from '../../src/training/events.ts';
import { trainingId } from '../../src/training/state.ts';
import { VERSION } from '../../src/version.ts';
import { EXIT } from '../exit.ts';
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
  /** Left out: nothing is written. */
  readonly folder: RunFolder | undefined;
  /** Called with every entry of the log. */
  readonly onEntry?: ((entry: LogEntry) => void) | undefined;
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

interface FolderFiles {
  readonly folder: RunFolder;
  readonly log: RunLog;
  readonly kept: KeptEpochs;
}

async function filesIn(folder: RunFolder, { settings, from, keep, note }: RecorderOptions): Promise<FolderFiles> {
  const resume = from && { step: stepOf(from), epochs: from.epochs.length };
  const log = await RunLog.open(folder.path, { resume, onProblem: (error) => note(error.message) });
  const id = from && (await trainingId({ ...from, hyperparameters: settings }));
  return { folder, log, kept: new KeptEpochs({ folder: folder.path, most: keep, id, note }) };
}

export class RunRecorder {
  private readonly epochs: EpochMetrics[] = [];
  private writing: Promise<void> = Promise.resolve();
  /** Why the best network is not where it should be. */
  private unsaved: string | undefined;
  private steps = 0;
  private seconds = 0;
  private updates = 0;

  private constructor(
    private readonly files: FolderFiles | undefined,
    private readonly onEntry: ((entry: LogEntry) => void) | undefined,
    private readonly note: (text: string) => void,
  ) {}

  static async open(options: RecorderOptions): Promise<RunRecorder> {
    const { folder, settings, request, place, from, onEntry, note } = options;
    const recorder = new RunRecorder(folder && (await filesIn(folder, options)), onEntry, note);
    const where = {
      time: new Date().toISOString(),
      adapter: place.adapter,
      host: place.host,
      versions: { 'densenet-webgpu': VERSION, node: process.version },
    };
    if (from) {
      recorder.steps = stepOf(from);
      recorder.seconds = from.seconds;
      recorder.write({
        kind: 'resume',
        step: stepOf(from),
        seconds: from.seconds,
        epochs: from.epochs.length,
        ...where,
      });
      return recorder;
    }
    const { count, channels, height, width, classNames } = request.training;
    recorder.write({
      kind: 'run',
      version: LOG_VERSION,
      name: folder?.path ?? '',
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
        this.write({
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
      this.write({
        kind: 'epoch',
        step: this.steps,
        seconds,
        epoch,
        loss,
        accuracy,
        learningRate,
        imagesPerSecond,
        validationLoss: event.validationLoss ?? Number.NaN,
        validationAccuracy: event.validationAccuracy ?? Number.NaN,
        metrics: {},
      });
    } else if (event.kind === 'best') this.keep(event);
  }

  /** Before a state is saved: the log then has every step ahead of it. */
  async flush(): Promise<void> {
    await this.files?.log.flush();
  }

  /** The training is over. @param ended the report of a run that came to its end or was interrupted, or why it failed */
  async ended(ended: TrainReport | Error): Promise<void> {
    await this.writing;
    await this.files?.kept.prune(this.epochs, this.updates);
    const reason =
      ended instanceof Error
        ? 'failed'
        : ended.interrupted
          ? 'interrupted'
          : ended.stoppedEarly
            ? 'stopped-early'
            : 'complete';
    this.write({
      kind: 'end',
      step: this.steps,
      seconds: this.seconds,
      time: new Date().toISOString(),
      reason,
      problem: ended instanceof Error ? ended.message.slice(0, 4000) : '',
    });
    await this.flush();
  }

  /** The exit code of a run that ended as it should; where its best network is missing, a message says so once more. */
  get ending(): number {
    if (this.unsaved === undefined) return EXIT.done;
    this.note(`densenet: ${this.unsaved}`);
    return EXIT.checkFailed;
  }

  /** How well its network does, once it is over. */
  evaluated(found: Omit<EvaluationEntry, 'kind' | 'step' | 'seconds'>): void {
    this.write({ kind: 'evaluation', step: this.steps, seconds: this.seconds, ...found });
  }

  /** Writes what waits, and says what of the log is missing. */
  async close(): Promise<void> {
    const { files } = this;
    if (!files) return;
    for (const error of await files.log.close())
      this.note(`the log in ${files.folder.path} is not whole: ${error.message}`);
  }

  private write(entry: LogEntry): void {
    this.files?.log.write(entry);
    this.onEntry?.(entry);
  }

  /** One network after the other, so that the last is the best. */
  private keep({ epoch, rank, checkpoint }: Extract<TrainEvent, { kind: 'best' }>): void {
    const { files } = this;
    if (!files) return;
    const { best } = files.folder.files;
    const epochs = this.epochs.slice(0, epoch + 1);
    this.writing = this.writing.then(async () => {
      if (rank === 0 && bestEpoch(epochs) === epoch) {
        this.unsaved = undefined;
        await writeWhole(best, checkpoint, (bytes) => void readCheckpoint(bytes, best)).catch((error: unknown) => {
          this.unsaved = `the network of epoch ${epoch + 1}, the best so far, was not saved in ${dirname(best)}: ${error instanceof Error ? error.message : error}`;
          this.note(this.unsaved);
        });
      }
      await files.kept.add(epoch, checkpoint);
      await files.kept.prune(epochs, this.updates);
    });
  }
}
