// The page's side of a section that one job of the worker measures: what is under way, the result, what went wrong.

import { type Signal, signal } from '@preact/signals';
import type { RunOptions } from '../../src/jobs/define-job.ts';

/** What such a job tells on its way. */
type SectionProgress = { readonly phase: string; readonly done?: number; readonly all?: number };

export class SectionRun<Request, Section> {
  /** In words; undefined where nothing is under way. */
  readonly phase: Signal<string | undefined> = signal();
  readonly section: Signal<Section | undefined> = signal();
  readonly problem: Signal<string | undefined> = signal();
  private abort = new AbortController();

  /** @param run the job, on the worker of now: one may have been replaced */
  constructor(private readonly run: (request: Request, options: RunOptions<SectionProgress>) => Promise<Section>) {}

  /** What was measured before stays where this fails or is stopped. */
  async measure(request: Request): Promise<Section | undefined> {
    this.abort = new AbortController();
    const { signal } = this.abort;
    this.phase.value = 'preparing';
    this.problem.value = undefined;
    const onEvent = ({ phase, done = 0, all = 0 }: SectionProgress) => {
      if (!signal.aborted) this.phase.value = all > 0 ? `${phase}, ${done + 1} of ${all}` : phase;
    };
    try {
      const section = await this.run(request, { signal, onEvent });
      this.section.value = section;
      return section;
    } catch (error) {
      if (!signal.aborted) this.problem.value = error instanceof Error ? error.message : String(error);
      return undefined;
    } finally {
      this.phase.value = undefined;
    }
  }

  stop(): void {
    this.abort.abort();
    if (this.phase.peek() !== undefined) this.phase.value = 'stopping';
  }
}
