// How a training shows itself: on a terminal a bar for each epoch, elsewhere a line every few seconds; and after each
// epoch one line that stays. Everything but those lines goes to standard error.
import process from 'node:process';
import { Presets, SingleBar } from 'cli-progress';
import type { TrainEvent } from '../src/jobs/train.ts';
import { clock, duration, percent } from '../ui/number-text.ts';

type Told<K extends TrainEvent['kind']> = Extract<TrainEvent, { kind: K }>;

export interface TrainingProgress {
  /** Call it with every event of the job, in order. */
  tell(event: TrainEvent): void;
  /** Call it when the job has ended, however it ended. */
  end(): void;
}

export interface ProgressOptions {
  readonly epochs: number;
  /** Images of an epoch that are trained on. */
  readonly images: number;
  /** Where the epochs' lines go. */
  readonly line: (text: string) => void;
  /** Where everything else goes. */
  readonly note: (text: string) => void;
  readonly terminal: boolean;
}

/** Seconds between lines where there is no terminal. */
const LINE_EVERY = 10;

export function trainingProgress(options: ProgressOptions): TrainingProgress {
  const { line, epochs } = options;
  const live = options.terminal ? new Bar(options) : new Lines(options);
  return {
    tell(event) {
      if (event.kind === 'ready') live.ready(event);
      else if (event.kind === 'progress') live.progress(event);
      else if (event.kind === 'epoch') {
        live.clear();
        line(epochLine(event, epochs));
      }
    },
    end: () => live.clear(),
  };
}

const epochLine = (
  { epoch, loss, accuracy, validationAccuracy: validation, imagesPerSecond }: Told<'epoch'>,
  epochs: number,
) =>
  `epoch ${epoch + 1}/${epochs}: loss ${loss.toFixed(3)}, accuracy ${percent(accuracy)}, ` +
  `held-out accuracy ${percent(validation)} (${Math.round(imagesPerSecond)} images/s)`;

/** What stands behind the bar, and on the lines in its place. */
class Live {
  protected updates = 1;

  constructor(protected readonly options: ProgressOptions) {}

  ready({ updates, seconds, tiles, notes, epochs, into }: Told<'ready'>): void {
    this.updates = updates;
    if (tiles !== 'defaults')
      this.options.note(tiles === 'cache' ? 'tiles as tuned before' : 'tiles tuned for this GPU');
    for (const text of notes) this.options.note(text);
    this.options.note(`shaders compiled in ${duration(seconds)}`);
    if (epochs.length + into > 0)
      this.options.note(`goes on in epoch ${epochs.length + 1}, after ${into} of ${updates} updates`);
  }

  protected words({ epoch, updates, loss, accuracy, imagesPerSecond }: Told<'progress'>): string {
    const { epochs, images } = this.options;
    const left = (epochs - epoch - updates / this.updates) * images;
    return (
      `loss ${loss.toFixed(3)}, accuracy ${percent(accuracy)}, ${Math.round(imagesPerSecond)} images/s, ` +
      `${clock(left / Math.max(imagesPerSecond, 1e-3))} left`
    );
  }
}

class Bar extends Live {
  private bar: SingleBar | undefined;

  progress(event: Told<'progress'>): void {
    if (!this.bar) {
      const format = `epoch ${event.epoch + 1}/${this.options.epochs} {bar} {percentage}%  {words}`;
      // What stands beside the bar takes 70 columns.
      const barsize = Math.min(30, Math.max(8, (process.stderr.columns ?? 80) - 70));
      const look = { format, barsize, clearOnComplete: true, hideCursor: true, gracefulExit: false };
      this.bar = new SingleBar({ ...look, stream: process.stderr }, Presets.shades_classic);
      this.bar.start(this.updates, 0, { words: '' });
    }
    this.bar.update(event.updates, { words: this.words(event) });
  }

  clear(): void {
    this.bar?.stop();
    this.bar = undefined;
  }
}

class Lines extends Live {
  private told = Number.NEGATIVE_INFINITY;

  progress(event: Told<'progress'>): void {
    if (performance.now() - this.told < 1000 * LINE_EVERY) return;
    this.told = performance.now();
    const done = Math.round((100 * event.updates) / this.updates);
    this.options.note(`epoch ${event.epoch + 1}/${this.options.epochs}, ${done}%: ${this.words(event)}`);
  }

  clear(): void {
    this.told = performance.now();
  }
}
