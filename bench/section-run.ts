// The page's side of a section that one job of the worker measures: what is under way, the result, what went wrong.

import { type Signal, signal } from '@preact/signals';
import { type Message, message } from '../src/jobs/message.ts';
import type { BenchSession } from './bench.ts';

/** What such a job tells on its way. */
type Told = { readonly phase: string; readonly done?: number; readonly all?: number };

export class SectionRun<Section> {
  /** In words; undefined where nothing is under way. */
  readonly phase: Signal<string | undefined> = signal();
  readonly section: Signal<Section | undefined> = signal();
  readonly problem: Signal<string | undefined> = signal();
  private abort = new AbortController();

  /** @param session asked for anew at each run: a worker may have been replaced */
  constructor(
    private readonly job: string,
    private readonly session: () => BenchSession,
  ) {}

  /** What was measured before stays where this fails or is stopped. */
  async measure(request: Parameters<typeof message>[0]): Promise<Section | undefined> {
    this.abort = new AbortController();
    const { signal } = this.abort;
    this.phase.value = 'preparing';
    this.problem.value = undefined;
    const onEvent = (event: Message) => {
      const { phase, done = 0, all = 0 } = event.head as unknown as Told;
      if (!signal.aborted) this.phase.value = all > 0 ? `${phase}, ${done + 1} of ${all}` : phase;
    };
    try {
      const { head } = await this.session().run(this.job, message(request), { signal, onEvent });
      this.section.value = head as unknown as Section;
      return this.section.value;
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
