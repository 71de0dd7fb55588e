// The Why panel: a method, what it shows and what it does not, and its map of the chosen class over the picture.

import { EXPLAIN_METHODS, type ExplainMethod } from '../../src/densenet/explain/methods.ts';
import { ErrorBanner } from '../errors/error-banner.tsx';
import type { Page } from '../page.ts';
import { className, text } from '../text/text.ts';
import { SAMPLES, STEPS, targetsOf, targetTitle, type WhyPanelState } from './why.ts';
import { WhyFigure } from './why-figure.tsx';

type InputEvent = Event & { currentTarget: HTMLInputElement };
type SelectEvent = Event & { currentTarget: HTMLSelectElement };

export function WhyPanel({ page }: { page: Page }) {
  const strings = text().why;
  const { why } = page;
  const shown = page.shown.value;
  const network = shown?.network;
  const label = shown?.result?.top[shown.chosen]?.label;
  const name = label === undefined ? undefined : className(network?.loaded.classNames[label] ?? String(label));
  const method = why.method.value;
  const state = why.stateNow;
  const isRunning = state.kind === 'running';
  return (
    <section class="panel why" aria-labelledby="why-title" aria-busy={isRunning}>
      <h2 id="why-title">{strings.title}</h2>
      <p>{name === undefined ? strings.waiting : strings.lead(name)}</p>
      <div class="why-options">
        <label>
          {strings.method}
          <select
            value={method}
            onChange={(event: SelectEvent) => {
              why.method.value = EXPLAIN_METHODS.find((one) => one === event.currentTarget.value) ?? method;
            }}
          >
            {EXPLAIN_METHODS.map((one) => (
              <option key={one} value={one}>
                {strings.methods[one]}
              </option>
            ))}
          </select>
        </label>
        <Options why={why} method={method} blocks={network?.loaded.layers.length ?? 0} />
        <button type="button" class="primary" disabled={isRunning || name === undefined} onClick={() => why.explain()}>
          {strings.explain}
        </button>
        {isRunning && state.total > 0 && (
          <button type="button" onClick={() => why.cancel()}>
            {strings.cancel}
          </button>
        )}
      </div>
      <p class="hint">
        {strings.shows[method]} {strings.hides[method]}
      </p>
      {isRunning && state.total > 0 && <progress value={state.done} max={state.total} aria-label={strings.progress} />}
      <p class="status" role="status">
        {message(why)}
      </p>
      {state.kind === 'failed' && <ErrorBanner error={state.error} />}
      {why.current && <WhyFigure explained={why.current} />}
    </section>
  );
}

function message({ stateNow: state }: WhyPanelState): string {
  const strings = text().why;
  if (state.kind === 'running') return state.total > 0 ? strings.runningOf(state.done, state.total) : strings.running;
  if (state.kind === 'cancelled') return strings.cancelled;
  return state.kind === 'preempted' ? strings.preempted : '';
}

/** Options of the method: whose features, how many copies or steps. */
function Options({ why, method, blocks }: { why: WhyPanelState; method: ExplainMethod; blocks: number }) {
  const strings = text().why;
  if (method === 'smooth-grad') return <Count label={strings.samples} value={why.samples} range={SAMPLES} />;
  if (method === 'integrated-gradients') return <Count label={strings.steps} value={why.steps} range={STEPS} />;
  if (method !== 'grad-cam') return null;
  const targets = targetsOf(blocks);
  return (
    <label>
      {strings.block}
      <select
        value={targets.includes(why.target.value) ? why.target.value : `denseblock${blocks}`}
        onChange={(event: SelectEvent) => {
          why.target.value = event.currentTarget.value;
        }}
      >
        {targets.map((target) => (
          <option key={target} value={target}>
            {targetTitle(target, strings)}
          </option>
        ))}
      </select>
    </label>
  );
}

interface CountProps {
  readonly label: string;
  readonly value: WhyPanelState['samples'];
  readonly range: { readonly least: number; readonly most: number };
}

function Count({ label, value, range: { least, most } }: CountProps) {
  return (
    <label>
      {label}
      <input
        type="number"
        min={least}
        max={most}
        value={value.value}
        onChange={(event: InputEvent) => {
          const given = Math.round(Number(event.currentTarget.value));
          value.value = Math.min(most, Math.max(least, Number.isFinite(given) ? given : least));
          event.currentTarget.value = String(value.value);
        }}
      />
    </label>
  );
}
