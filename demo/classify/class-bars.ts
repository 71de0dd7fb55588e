// The five likeliest classes as bars, or every finding of a network that has several at once. Each is a radio button: it chooses whose map is shown.

import { h } from 'preact';
import type { Page, Shown, UsedNetwork } from '../page.ts';
import { className, format, text } from '../text/text.ts';

interface Props {
  readonly page: Page;
  readonly shown: Shown | undefined;
  readonly network: UsedNetwork | undefined;
}

export function ClassBars({ page, shown, network }: Props) {
  const words = text().classify;
  if (!shown?.result || !network) return h('p', { class: 'hint' }, page.trouble.value ? '' : words.working);
  const { classNames } = network.loaded;
  const { picture, result, chosen } = shown;
  const name = (label: number) => className(classNames[label] ?? String(label));
  const { multiLabel } = result;
  const above = result.top.filter(({ probability }) => probability > 0.5).length;
  const [first] = result.top;
  const right = first?.label === picture.truth;
  return h('div', null, [
    h('p', { class: 'verdict', 'aria-live': 'polite' }, [
      h('strong', null, multiLabel ? words.above(format().count(above)) : first ? name(first.label) : ''),
      picture.truth !== undefined &&
        !multiLabel &&
        h('span', { class: right ? 'right' : 'wrong' }, right ? words.right : words.wrong(name(picture.truth))),
    ]),
    h('fieldset', { class: 'bars' }, [
      h('legend', null, multiLabel ? words.findings : words.likeliest),
      ...result.top.map(({ label, probability }, place) =>
        h('label', { key: place, class: place === chosen ? 'bar chosen' : 'bar' }, [
          h('input', {
            type: 'radio',
            name: 'map',
            checked: place === chosen,
            onChange: () => page.choose(place),
          }),
          h('span', { class: 'name' }, name(label)),
          h('span', { class: 'track', 'aria-hidden': true }, h('span', { style: { width: `${100 * probability}%` } })),
          h('span', { class: 'percent' }, format().percent(probability, 1)),
        ]),
      ),
    ]),
  ]);
}
