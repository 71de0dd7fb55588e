// What the training would take, before anything is allocated: sizes, memory by purpose, expected time; and, where it
// cannot be, why, and what could.

import { useEffect } from 'preact/hooks';
import type { DenseNetConfig } from '../../src/densenet/config.ts';
import { MAX_SET_BYTES, type TrainingSet } from '../data/training-set.ts';
import { ErrorBanner } from '../errors/error-banner.tsx';
import type { Page } from '../page.ts';
import { format, text } from '../text/text.ts';
import type { PlanAnswer } from '../worker/plan-training.ts';
import type { Settings } from './form.ts';
import type { FormState } from './form-state.ts';
import { equalParts } from './planner.ts';
import { expectedSeconds, type Rate } from './rate.ts';

export function PlannerView({ page, state }: { readonly page: Page; readonly state: FormState }) {
  const strings = text().train.planner;
  const { planner } = page.training;
  const { question } = state;
  const adapter = page.network.value?.loaded.adapter.name;
  useEffect(() => {
    if (question && state.read.settings && adapter !== undefined) planner.ask(question, state.read.settings);
  });
  useEffect(() => {
    if (adapter !== undefined) planner.measure(adapter);
  }, [adapter]);
  // The last answer stays on the screen until the next is there: nothing jumps while somebody types.
  const planned = planner.planned.value;
  const answer = planned?.answer;
  const current = planner.answerTo(question) !== undefined;
  // What an answer is shown with is what it was asked of.
  const settings = current ? state.read.settings : planned?.settings;
  const error = planner.error.value;
  return (
    <section class="planner" aria-labelledby="planner-title" aria-busy={question && !current}>
      <h3 id="planner-title">{strings.title}</h3>
      <p class="hint">{strings.hint}</p>
      {error && <ErrorBanner error={error} />}
      {!answer && !error && <p>{strings.asking}</p>}
      {answer && settings && <Refusal answer={answer} settings={settings} state={state} current={current} />}
      {answer && (
        <div class={current ? '' : 'stale'}>
          <Facts answer={answer} rate={planner.rate.value} settings={settings} />
          <MemoryBars answer={answer} />
        </div>
      )}
      {state.read.settings && <ImageBytes set={state.set} input={state.read.settings.config} />}
    </section>
  );
}

interface RefusalProps {
  readonly answer: PlanAnswer;
  readonly settings: Settings;
  readonly state: FormState;
  readonly current: boolean;
}

function Refusal({ answer, settings, state, current }: RefusalProps) {
  const strings = text().train.planner;
  const { bytes, count } = format();
  const { refusal, largestBatch, largestRecomputed } = answer;
  if (!refusal) {
    return (
      <p class="fits" role="status">
        {current ? strings.fits(bytes(answer.total)) : strings.asking}
      </p>
    );
  }
  const why = {
    memory: strings.tooMuch(bytes(answer.total), bytes(settings.memory)),
    limit: strings.pastLimit,
    statistics: strings.statistics,
  }[refusal.kind];
  const recomputed = largestRecomputed !== null && largestRecomputed > largestBatch ? largestRecomputed : undefined;
  const parts = refusal.kind === 'statistics' ? undefined : equalParts(settings.batch, largestBatch);
  return (
    <div class="error-banner" role="status">
      <p>{why}</p>
      {refusal.kind === 'limit' && <p class="detail">{refusal.problem}</p>}
      <p>{largestBatch > 0 ? strings.largestIs(count(largestBatch)) : strings.noBatch}</p>
      <div class="row">
        {largestBatch > 0 && (
          <button type="button" disabled={!current} onClick={() => state.change({ batch: String(largestBatch) })}>
            {strings.useBatch(count(largestBatch))}
          </button>
        )}
        {parts !== undefined && (
          <button
            type="button"
            disabled={!current}
            onClick={() =>
              state.change({ batch: String(settings.batch / parts), accumulate: String(settings.accumulate * parts) })
            }
          >
            {strings.useSplit(count(parts), count(settings.batch / parts))}
          </button>
        )}
        {recomputed !== undefined && (
          <button
            type="button"
            disabled={!current}
            onClick={() => state.change({ recompute: true, batch: String(Math.min(settings.batch, recomputed)) })}
          >
            {strings.useRecompute(count(Math.min(settings.batch, recomputed)))}
          </button>
        )}
      </div>
    </div>
  );
}

interface FactsProps {
  readonly answer: PlanAnswer;
  readonly rate: Rate | undefined;
  readonly settings: Settings | undefined;
}

function Facts({ answer, rate, settings }: FactsProps) {
  const { facts, rateFrom, noRate } = text().train.planner;
  const { count, compact, duration } = format();
  const { parameters, trainable, macs, passes, largestBatch } = answer;
  // The plan is of one micro-batch; an update takes several of them.
  const { batch = 1, accumulate = 1 } = settings ?? {};
  const seconds = rate && accumulate * expectedSeconds(rate, answer);
  const updates = settings && settings.epochs * Math.floor(settings.images / (batch * accumulate));
  const some = trainable < parameters;
  const rows: (readonly [name: string, value: string, hint: string])[] = [
    [facts.parameters.label, count(parameters), some ? facts.parameters.some(count(trainable)) : facts.parameters.hint],
    [facts.macs.label, compact(macs), facts.macs.hint],
    [facts.passes.label, count(passes), facts.passes.hint],
    [facts.time.label, seconds === undefined ? '–' : duration(1000 * seconds), rate ? rateFrom[rate.source] : noRate],
    [
      facts.whole.label,
      seconds === undefined || updates === undefined ? '–' : duration(1000 * seconds * updates),
      updates === undefined ? '' : facts.whole.hint(count(updates)),
    ],
    [facts.largest.label, largestBatch > 0 ? count(largestBatch) : '–', facts.largest.hint],
  ];
  return (
    <dl class="facts">
      {rows.map(([name, value, hint]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <strong>{value}</strong>
            <small>{hint}</small>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function MemoryBars({ answer }: { readonly answer: PlanAnswer }) {
  const strings = text().train.planner;
  const { bytes } = format();
  const groups = memoryGroups(answer.bytes);
  const most = Math.max(...groups.map(([, size]) => size));
  return (
    <div class="memory">
      <h4>{strings.memory(bytes(answer.total))}</h4>
      <ul aria-label={strings.memoryList}>
        {groups.map(([group, size]: readonly [MemoryGroup, number]) => (
          <li key={group}>
            <span class="name">
              {strings.groups[group].label}
              <small>{strings.groups[group].hint}</small>
            </span>
            <span class="track" aria-hidden>
              <span class="fill" style={{ width: `${(100 * size) / most}%` }} />
            </span>
            <span class="value">{bytes(size)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

// What the chosen data takes in memory at the size of the network's input, said before anything is decoded.

type InputShape = Pick<DenseNetConfig, 'inputChannels' | 'height' | 'width'>;

function ImageBytes({ set, input }: { set: TrainingSet; input: InputShape }) {
  const { inputChannels, height, width } = input;
  if (inputChannels !== 1 && inputChannels !== 3) return null;
  const strings = text().data;
  const { bytes } = format();
  const needed = set.bytes({ channels: inputChannels, height, width });
  if (needed <= MAX_SET_BYTES) return <p class="hint">{strings.memory(bytes(needed))}</p>;
  return (
    <p class="error-banner" role="status">
      {strings.tooMuchMemory(bytes(needed), bytes(MAX_SET_BYTES))}
    </p>
  );
}

// A plan's bytes by purpose, in the few groups that people ask about.

const MEMORY_GROUPS = {
  features: ['features', 'bottlenecks', 'stem', 'input'],
  gradients: ['feature gradients', 'parameter gradients'],
  weights: ['parameters', 'packed weights', 'statistics', 'tables'],
  optimizer: ['optimizer'],
  testing: ['testing'],
  other: [],
} as const satisfies Readonly<Record<string, readonly string[]>>;

type MemoryGroup = keyof typeof MEMORY_GROUPS;

/** Largest first; what no group names is `other`. */
export function memoryGroups(bytes: Readonly<Record<string, number>>): readonly (readonly [MemoryGroup, number])[] {
  const names = Object.keys(MEMORY_GROUPS) as MemoryGroup[];
  const sums = new Map<MemoryGroup, number>();
  for (const [purpose, size] of Object.entries(bytes)) {
    const group = names.find((name) => (MEMORY_GROUPS[name] as readonly string[]).includes(purpose)) ?? 'other';
    sums.set(group, (sums.get(group) ?? 0) + size);
  }
  return [...sums].filter(([, size]) => size > 0).toSorted(([, a], [, b]) => b - a);
}
