// About: what the page is, what leaves the machine, the network that comes with it, the GPU's self-test, and where it
// all comes from.

import { version } from '../../package.json';
import type { LoadedNetwork } from '../contract.ts';
import { MODEL_HUB } from '../network/hub.ts';
import type { Page } from '../page.ts';
import { SelfTestPanel } from '../self-test/self-test-panel.tsx';
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
  return (
    <div class="about">
      <section class="panel" aria-labelledby="what-title">
        <h2 id="what-title">{what.title}</h2>
        <p>{what.text}</p>
        <h2>{privacy.title}</h2>
        <p>
          {privacy.text}
          {MODEL_HUB && ` ${privacy.hub}`}
        </p>
      </section>
      <SelfTestPanel page={page} />
      {bundled && <ModelCard bundled={bundled} />}
      <section class="panel" aria-labelledby="software-title">
        <h2 id="software-title">{software.title}</h2>
        <p>
          {`${software.version} ${version}, ${software.commit(commit.slice(0, 10))}. `}
          {software.licence}
        </p>
        <h2>{links.title}</h2>
        <ul>
          {(Object.keys(LINKS) as (keyof typeof LINKS)[]).map((key) => (
            <li key={key}>
              <a href={LINKS[key]} rel="noreferrer">
                {links[key]}
              </a>
            </li>
          ))}
        </ul>
      </section>
    </div>
  );
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
    [card.made, <code>{COMMAND}</code>],
    [card.licence, card.licenceText],
    [card.limits, card.limitsText],
  ];
  return (
    <section class="panel" aria-labelledby="card-title">
      <h2 id="card-title">{card.title}</h2>
      <dl class="card">
        {rows.map(
          ([name, value]) =>
            value && (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ),
        )}
      </dl>
    </section>
  );
}
