// How far a prediction is: on a terminal a bar, or a count where nobody knows how many images there are; elsewhere a line
// every few seconds. It goes to standard error. A rate counts from the first results: what starts once is no part of it.
import process from 'node:process';
import { Presets, SingleBar } from 'cli-progress';
import { clock, digits, thousands } from '../../ui/number-text.ts';
import { note } from '../output.ts';

export interface PredictProgressOptions {
  /** Images in all, where that is known. */
  readonly total?: number | undefined;
  /** A bar can be drawn: standard error is a terminal, and rows go elsewhere. */
  readonly terminal: boolean;
}

/** Milliseconds between lines where there is no terminal. */
const LINE_EVERY = 10_000;

export class PredictProgress {
  private rows = 0;
  private failures = 0;
  /** Images of the batches after the first, and when the first and the last one were done. */
  private measured = 0;
  private first: number | undefined;
  private last = 0;
  private lastLine = performance.now();
  private bar: SingleBar | undefined;

  constructor(private readonly options: PredictProgressOptions) {}

  /** Call it when the results of a batch are there. @param images that were classified */
  batch(images: number): void {
    this.last = performance.now();
    if (this.first === undefined) this.first = this.last;
    else this.measured += images;
  }

  /** Call it for each row. */
  row(isFailed: boolean): void {
    this.rows++;
    if (isFailed) this.failures++;
    if (this.options.terminal) this.draw();
    else if (performance.now() - this.lastLine >= LINE_EVERY) {
      this.lastLine = performance.now();
      note(this.status);
    }
  }

  /** Call it once at the end: it says how many images there were, and how fast, where there was more than one batch. */
  end(): void {
    this.bar?.stop();
    if (this.rate !== undefined) note(this.status);
  }

  private get status(): string {
    const { rows, failures, rate } = this;
    const failed = failures > 0 ? `, ${thousands(failures)} failed` : '';
    return `${thousands(rows)} images${rate === undefined ? '' : `, ${digits(rate)} images/s`}${failed}`;
  }

  /** Images per second. */
  private get rate(): number | undefined {
    if (this.first === undefined || this.measured === 0) return undefined;
    return (1000 * this.measured) / Math.max(1, this.last - this.first);
  }

  private draw(): void {
    const { total } = this.options;
    if (!this.bar) {
      const barsize = Math.min(30, Math.max(8, (process.stderr.columns ?? 80) - 60));
      const format = total === undefined ? '{status}' : '{bar} {percentage}%  {status}';
      const look = { format, barsize, clearOnComplete: true, hideCursor: true, gracefulExit: false };
      this.bar = new SingleBar({ ...look, stream: process.stderr }, Presets.shades_classic);
      this.bar.start(total ?? Number.MAX_SAFE_INTEGER, 0, { status: '' });
    }
    const { rate } = this;
    const left = total === undefined || rate === undefined ? '' : `, ${clock((total - this.rows) / rate)} left`;
    this.bar.update(total === undefined ? this.rows : Math.min(this.rows, total), { status: this.status + left });
  }
}
