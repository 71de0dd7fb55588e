// The planner: what the settings as they stand would take, asked of the worker a moment after the last change, one question
// at a time; and how fast this GPU is, measured once and kept, corrected by every training.

import { type Signal, signal } from '@preact/signals';
import type { DemoClient } from '../engine.ts';
import { type PageError, pageError } from '../errors/page-error.ts';
import { setting, storeSetting } from '../settings.ts';
import type { PlanAnswer, PlanQuestion } from '../worker/plan-training.ts';
import type { Settings } from './form.ts';
import { type Rate, rateOf, rateSeen, rateText, readRate, type Work } from './rate.ts';

export interface Planned {
  /** What the question is of. */
  readonly settings: Settings;
  readonly question: PlanQuestion;
  readonly answer: PlanAnswer;
}

/** Milliseconds without a change before the worker is asked. */
const PAUSE = 200;
const MOST_BATCH = 1024;

export const questionOf = (settings: Settings, validation: number): PlanQuestion => ({
  config: settings.config,
  batch: settings.batch,
  validation,
  trainable: settings.trainable,
  optimizer: settings.optimizer.kind,
  recompute: settings.recompute,
  precision: settings.precision,
  memory: settings.memory,
  most: Math.min(MOST_BATCH, settings.images),
});

const same = (a: PlanQuestion | undefined, b: PlanQuestion | undefined) => JSON.stringify(a) === JSON.stringify(b);

export class Planner {
  /** The last answer: of the question in `asked` once `current` says so. */
  readonly planned: Signal<Planned | undefined> = signal();
  readonly error: Signal<PageError | undefined> = signal();
  readonly rate: Signal<Rate | undefined> = signal();
  private wanted: PlanQuestion | undefined;
  private settings: Settings | undefined;
  private underWay = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private adapter: string | undefined;

  constructor(private readonly owner: { readonly engine: { readonly client: DemoClient } }) {}

  /** The answer to exactly this question, where it is known. */
  answerTo(question: PlanQuestion | undefined): PlanAnswer | undefined {
    const planned = this.planned.value;
    return question && planned && same(planned.question, question) ? planned.answer : undefined;
  }

  /** Asks, unless it was asked already. Call it whenever the settings may have changed. */
  ask(question: PlanQuestion, settings: Settings): void {
    if (same(question, this.wanted)) return;
    this.wanted = question;
    this.settings = settings;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.next(), PAUSE);
  }

  private async next(): Promise<void> {
    if (this.underWay) return;
    const { wanted, settings } = this;
    if (!wanted || !settings || same(wanted, this.planned.peek()?.question)) return;
    this.underWay = true;
    try {
      const answer = await this.owner.engine.client.run('plan', wanted);
      this.planned.value = { settings, question: wanted, answer };
      this.error.value = undefined;
    } catch (error) {
      this.error.value = pageError(error);
      // The same question again is a new one: the engine may be another by then.
      if (this.wanted === wanted) this.wanted = undefined;
    }
    this.underWay = false;
    if (this.wanted && this.wanted !== wanted) this.next();
  }

  /** Finds out how fast this adapter is, unless that is known. */
  async measure(adapter: string): Promise<void> {
    if (this.adapter === adapter) return;
    this.adapter = adapter;
    this.rate.value = readRate(setting(keyOf(adapter)));
    if (this.rate.value) return;
    try {
      const { short, long } = await this.owner.engine.client.run('rate');
      if (this.adapter === adapter) this.know(adapter, rateOf(short, long));
    } catch {
      // Without a rate the planner says that it knows none; what is wrong with the engine is said elsewhere.
      this.adapter = undefined;
    }
  }

  /** A step of a training as it was seen. */
  learn(work: Work, seconds: number): void {
    if (this.adapter) this.know(this.adapter, rateSeen(this.rate.peek(), { ...work, seconds }));
  }

  private know(adapter: string, rate: Rate | undefined): void {
    this.rate.value = rate;
    if (rate) storeSetting(keyOf(adapter), rateText(rate));
  }
}

/** The fewest equal parts of a batch that have at most `most` images each; undefined where there are none, or one is enough. */
export function equalParts(batch: number, most: number): number | undefined {
  for (let parts = 2; parts <= batch; parts++) if (batch % parts === 0 && batch / parts <= most) return parts;
  return undefined;
}

const keyOf = (adapter: string) => `rate.${adapter}`;
