// The likeliest classes as bars, or all findings of a network that finds several at once. Each is a radio button: it
// chooses whose map is shown.

import { useSignal } from '@preact/signals';
import type { LoadedNetwork } from '../contract.ts';
import { ErrorBanner } from '../errors/error-banner.tsx';
import type { Page } from '../page.ts';
import { className, format, text } from '../text/text.ts';
import type { Shown, UsedNetwork } from './stage.ts';

interface Props {
  readonly page: Page;
  readonly shown: Shown | undefined;
}

export function ClassBars({ page, shown }: Props) {
  const strings = text().classify;
  const inOrder = useSignal(false);
  const network = shown?.network;
  if (shown?.problem) return <ErrorBanner error={shown.problem} />;
  if (!shown?.result || !network) {
    const doing = network ? strings.workingWith(networkName(network)) : strings.working;
    return (
      <p class="hint" role="status">
        {page.error.value ? '' : doing}
      </p>
    );
  }
  const { loaded } = network;
  const { result } = shown;
  const { multiLabel } = result;
  const places = [...result.top.keys()];
  if (multiLabel && inOrder.value) places.sort((a, b) => (result.top[a]?.label ?? 0) - (result.top[b]?.label ?? 0));
  return (
    <div>
      <Verdict shown={shown} loaded={loaded} />
      <fieldset class="bars">
        <legend>{multiLabel ? strings.findings : strings.likeliest}</legend>
        {multiLabel && (
          <label class="check">
            <input
              type="checkbox"
              checked={inOrder.value}
              onChange={() => {
                inOrder.value = !inOrder.peek();
              }}
            />
            {strings.inOrder}
          </label>
        )}
        {places.map((place) => (
          <Bar key={place} place={place} shown={shown} loaded={loaded} onChoose={() => page.choose(place)} />
        ))}
      </fieldset>
      {multiLabel && loaded.thresholds && <p class="hint">{strings.threshold}</p>}
    </div>
  );
}

function Verdict({ shown: { picture, result }, loaded }: { shown: Shown; loaded: LoadedNetwork }) {
  const strings = text().classify;
  const first = result?.top[0]?.label;
  if (!result || first === undefined) return null;
  const right = first === picture.truth;
  const { multiLabel, top } = result;
  if (multiLabel) {
    const present = top.filter(({ label, probability }) => probability >= (loaded.thresholds?.[label] ?? 0.5)).length;
    const { count } = format();
    const message = strings.present(count(present), count(loaded.classNames.length));
    return (
      <p class="verdict" aria-live={picture.live ? 'off' : 'polite'}>
        <strong>{message}</strong>
      </p>
    );
  }
  return (
    <p class="verdict" aria-live={picture.live ? 'off' : 'polite'}>
      <strong>{nameOf(loaded, first)}</strong>
      {picture.truth !== undefined && (
        <span class={right ? 'right' : 'wrong'}>
          {right ? strings.right : strings.wrong(nameOf(loaded, picture.truth))}
        </span>
      )}
    </p>
  );
}

interface BarProps {
  readonly place: number;
  readonly shown: Shown;
  readonly loaded: LoadedNetwork;
  readonly onChoose: () => void;
}

function Bar({ place, shown: { result, chosen }, loaded, onChoose }: BarProps) {
  const ranked = result?.top[place];
  if (!ranked) return null;
  const { label, probability } = ranked;
  const threshold = result.multiLabel ? loaded.thresholds?.[label] : undefined;
  return (
    <label class={place === chosen ? 'bar chosen' : 'bar'}>
      <input type="radio" name="map" checked={place === chosen} onChange={onChoose} />
      <span class="name">{nameOf(loaded, label)}</span>
      <span class="track" aria-hidden>
        <span style={{ width: `${100 * probability}%` }} />
        {threshold !== undefined && <span class="threshold" style={{ left: `${100 * threshold}%` }} />}
      </span>
      <span class="percent">{format().percent(probability, 1)}</span>
    </label>
  );
}

const networkName = ({ source, name }: UsedNetwork) => (source === 'bundled' ? text().classify.bundled : name);

const nameOf = ({ classNames }: LoadedNetwork, label: number) => className(classNames[label] ?? String(label));
