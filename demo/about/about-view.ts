// About: what the page is, what leaves the machine, the network that comes with it, the GPU's self-test, and where it
// all comes from.

import { h } from 'preact';
import { version } from '../../package.json';
import type { LoadedNetwork } from '../contract.ts';
import { MODEL_HUB } from '../network/hub.ts';
import type { Page } from '../page.ts';
import { SelfTestPanel } from '../self-test/self-test-panel.ts';
import { format, text } from '../text/text.ts';

declare const BUILD_COMMIT: string | undefined;
const commit = typeof BUILD_COMMIT === 'string' ? BUILD_COMMIT : 'unknown';

/** As in data/models/README.md. */
const COMMAND =
  'densenet train --host chromium --gpu software --config \'{"stem":"cifar","growth":8,"blocks":[1,3,4],"init":8,"bottleneck":2}\' ' +
  '--optimizer sgd --lr 0.1 --warmup 0.2 --weight-decay 5e-4 --epochs 4 --batch 32 --seed 1';

const LINKS = {
  densenet: 'https://arxiv.org/abs/1608.06993',
  cam: 'https://arxiv.org/abs/1512.04150',
  fashion: 'https://arxiv.org/abs/1708.07747',
  webgpu: 'https://www.w3.org/TR/webgpu/',
} as const;

export function AboutView({ page }: { page: Page }) {
  const { what, privacy, software, links } = text().about;
  const bundled = page.bundled.value;
  return h('div', { class: 'about' }, [
    h('section', { class: 'panel', 'aria-labelledby': 'what-title' }, [
      h('h2', { id: 'what-title' }, what.title),
      h('p', null, what.text),
      h('h2', null, privacy.title),
      h('p', null, [privacy.text, MODEL_HUB && ` ${privacy.hub}`]),
    ]),
    h(SelfTestPanel, { page }),
    bundled && h(ModelCard, { bundled }),
    h('section', { class: 'panel', 'aria-labelledby': 'software-title' }, [
      h('h2', { id: 'software-title' }, software.title),
      h('p', null, [`${software.version} ${version}, ${software.commit(commit.slice(0, 10))}. `, software.licence]),
      h('h2', null, links.title),
      h(
        'ul',
        null,
        (Object.keys(LINKS) as (keyof typeof LINKS)[]).map((key) =>
          h('li', { key }, h('a', { href: LINKS[key], rel: 'noreferrer' }, links[key])),
        ),
      ),
    ]),
  ]);
}

function ModelCard({ bundled }: { bundled: LoadedNetwork }) {
  const { card } = text().about;
  const { count, percent } = format();
  const { training } = bundled;
  const rows: readonly (readonly [string, unknown])[] = [
    [card.architecture, card.shape(bundled.layers.join(', '), bundled.growthRate)],
    [card.parameters, count(bundled.parameters)],
    [card.learned, training && card.images(count(training.images), training.epochs)],
    [card.accuracy, training && card.right(percent(training.validation, 1))],
    [card.made, h('code', null, COMMAND)],
    [card.licence, card.licenceText],
    [card.limits, card.limitsText],
  ];
  return h('section', { class: 'panel', 'aria-labelledby': 'card-title' }, [
    h('h2', { id: 'card-title' }, card.title),
    h(
      'dl',
      { class: 'card' },
      rows.map(([name, value]) => value && h('div', { key: name }, [h('dt', null, name), h('dd', null, value)])),
    ),
  ]);
}
