// The likeliest classes as bars, or all findings of a network that finds several at once. Each is a radio button: it
// chooses whose map is shown.

import { useSignal } from '@preact/signals';
import { h } from 'preact';
import type { LoadedNetwork } from '../contract.ts';
import { ErrorBanner } from '../errors/error-banner.ts';
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
  if (shown?.problem) return h(ErrorBanner, { error: shown.problem });
  if (!shown?.result || !network) {
    const doing = network ? strings.workingWith(networkName(network)) : strings.working;
    return h('p', { class: 'hint', role: 'status' }, page.error.value ? '' : doing);
  }
  const { loaded } = network;
  const { result } = shown;
  const { multiLabel } = result;
  const places = [...result.top.keys()];
  if (multiLabel && inOrder.value) places.sort((a, b) => (result.top[a]?.label ?? 0) - (result.top[b]?.label ?? 0));
  return h('div', null, [
    h(Verdict, { shown, loaded }),
    h('fieldset', { class: 'bars' }, [
      h('legend', null, multiLabel ? strings.findings : strings.likeliest),
      multiLabel &&
        h('label', { class: 'check' }, [
          h('input', {
            type: 'checkbox',
            checked: inOrder.value,
            onChange: () => {
              inOrder.value = !inOrder.peek();
            },
          }),
          strings.inOrder,
        ]),
      ...places.map((place) => h(Bar, { key: place, place, shown, loaded, onChoose: () => page.choose(place) })),
    ]),
    multiLabel && loaded.thresholds && h('p', { class: 'hint' }, strings.threshold),
  ]);
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
    return h('p', { class: 'verdict', 'aria-live': picture.live ? 'off' : 'polite' }, h('strong', null, message));
  }
  return h('p', { class: 'verdict', 'aria-live': picture.live ? 'off' : 'polite' }, [
    h('strong', null, nameOf(loaded, first)),
    picture.truth !== undefined &&
      h(
        'span',
        { class: right ? 'right' : 'wrong' },
        right ? strings.right : strings.wrong(nameOf(loaded, picture.truth)),
      ),
  ]);
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
  return h('label', { class: place === chosen ? 'bar chosen' : 'bar' }, [
    h('input', { type: 'radio', name: 'map', checked: place === chosen, onChange: onChoose }),
    h('span', { class: 'name' }, nameOf(loaded, label)),
    h('span', { class: 'track', 'aria-hidden': true }, [
      h('span', { style: { width: `${100 * probability}%` } }),
      threshold !== undefined && h('span', { class: 'threshold', style: { left: `${100 * threshold}%` } }),
    ]),
    h('span', { class: 'percent' }, format().percent(probability, 1)),
  ]);
}

const networkName = ({ source, name }: UsedNetwork) => (source === 'bundled' ? text().classify.bundled : name);

const nameOf = ({ classNames }: LoadedNetwork, label: number) => className(classNames[label] ?? String(label));
