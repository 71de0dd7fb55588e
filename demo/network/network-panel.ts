// The panel of the network: which one is in use and what it is, weights of one's own, and those that the browser keeps.

import { useSignal } from '@preact/signals';
import { h } from 'preact';
import type { UsedNetwork } from '../classify/stage.ts';
import type { TrainingRecord } from '../contract.ts';
import { ErrorBanner } from '../errors/error-banner.ts';
import type { FileSelection } from '../images/file-selection.ts';
import { FileButton } from '../images/give-images.ts';
import type { Page } from '../page.ts';
import { format, text } from '../text/text.ts';
import { CompareLogits } from './compare-logits.ts';
import { HUB_MODELS, type HubModel, MODEL_HUB } from './hub.ts';
import { NetworkFacts, NetworkReport, someNames } from './network-facts.ts';
import { SavedModels } from './saved-models-view.ts';
import { WEIGHT_EXTENSIONS } from './weight-files.ts';

export function NetworkPanel({ page }: { page: Page }) {
  const strings = text().weights;
  const { networks } = page;
  const network = page.network.value;
  const own = networks.ownOf(network);
  const error = networks.error.value;
  const disabled = !network || networks.work.value !== undefined;
  const onSelect = ({ files }: FileSelection) => networks.take(files.map(({ file }) => file));
  return h('section', { class: 'panel weights', 'aria-labelledby': 'network-title' }, [
    h('h2', { id: 'network-title' }, strings.title),
    network && h(Used, { page, network }),
    network && own && h(SeveralAtOnce, { page, network }),
    h('div', { class: 'row' }, [
      h(FileButton, {
        label: strings.open,
        accept: `${WEIGHT_EXTENSIONS},.json,.txt,.csv,.tsv,.gz`,
        disabled,
        onSelect,
      }),
      h(FileButton, { label: strings.openFolder, folder: true, disabled, onSelect }),
      own && !own.saved && h('button', { type: 'button', disabled, onClick: () => networks.save() }, strings.save),
      own && h('button', { type: 'button', disabled, onClick: () => networks.useBundled() }, text().network.back),
    ]),
    h('p', { class: 'hint' }, strings.ways),
    MODEL_HUB && h(FromHub, { page, disabled }),
    h(Progress, { page }),
    error && h(ErrorBanner, { error }),
    h(NewClassifier, { page }),
    h(LeaveOut, { page, disabled }),
    network && own && h(NetworkReport, { report: network.loaded.report }),
    network && h(CompareLogits, { page, network }),
    h(SavedModels, { page }),
  ]);
}

function Used({ page, network }: { page: Page; network: UsedNetwork }) {
  const { source, loaded, name } = network;
  const strings = text();
  // Kept under another name where other weights had its own.
  const called = page.networks.ownOf(network)?.name ?? name;
  const title = source === 'bundled' ? strings.network.bundled : `${strings.network.own} ${called}.`;
  const learned = loaded.training
    ? sentence(loaded.training)
    : source === 'trained here'
      ? strings.weights.learnedHere
      : '';
  return h('div', { class: 'network' }, [
    h('p', { role: 'status' }, [h('strong', null, title), ` ${learned}`]),
    h(NetworkFacts, { page, loaded }),
  ]);
}

function sentence({ images, epochs, interrupted, validation }: TrainingRecord): string {
  const { learned, learnedUntilStopped } = text().network;
  const { count, percent } = format();
  const right = percent(validation, 1);
  return interrupted ? learnedUntilStopped(count(images), right) : learned(count(images), epochs, right);
}

function SeveralAtOnce({ page, network }: { page: Page; network: UsedNetwork }) {
  const strings = text().weights;
  const { networks } = page;
  const { multiLabel } = network.loaded;
  // What was clicked shows at once; the network follows when it is loaded anew.
  const asked = useSignal<boolean | undefined>(undefined);
  return h('div', { class: 'several' }, [
    h('label', { class: 'check' }, [
      h('input', {
        type: 'checkbox',
        checked: asked.value ?? multiLabel,
        disabled: networks.work.value !== undefined,
        'aria-describedby': 'several-hint',
        onChange: async () => {
          const own = networks.own.peek();
          asked.value = !multiLabel;
          if (own) await networks.change(own, { multiLabel: !multiLabel });
          asked.value = undefined;
        },
      }),
      strings.severalAtOnce,
    ]),
    h('p', { id: 'several-hint', class: 'hint' }, strings.severalHint),
  ]);
}

function Progress({ page }: { page: Page }) {
  const strings = text().weights;
  const work = page.networks.work.value;
  if (!work) return null;
  const { bytes } = format();
  const message = strings.progress(strings.working[work.what], work.name, bytes(work.bytes), bytes(work.of));
  return h('div', { class: 'row', role: 'group', 'aria-label': message }, [
    h('progress', { max: Math.max(work.of, 1), value: work.bytes, 'aria-label': message }),
    h('span', null, message),
    // The engine takes weights whole: there is nothing to stop while it does.
    work.what !== 'recognising' &&
      h('button', { type: 'button', onClick: () => page.networks.cancel() }, strings.cancel),
  ]);
}

function FromHub({ page, disabled }: { page: Page; disabled: boolean }) {
  const strings = text().weights;
  const chosen = useSignal<HubModel>(HUB_MODELS[0]);
  return h('div', { class: 'row' }, [
    h('label', null, [
      `${strings.hub} `,
      h(
        'select',
        {
          value: chosen.value,
          onChange: ({ currentTarget }: Event & { currentTarget: HTMLSelectElement }) => {
            chosen.value = HUB_MODELS.find((model) => model === currentTarget.value) ?? HUB_MODELS[0];
          },
        },
        HUB_MODELS.map((model) => h('option', { key: model, value: model }, model)),
      ),
    ]),
    h('button', { type: 'button', disabled, onClick: () => page.networks.takeFromHub(chosen.value) }, strings.fetch),
  ]);
}

/** For weights of which not everything is computed: an explicit wish, as results may differ. */
function LeaveOut({ page, disabled }: { page: Page; disabled: boolean }) {
  const strings = text().weights;
  const partial = page.networks.partial.value;
  if (!partial) return null;
  const { network, names } = partial;
  const onClick = () => page.networks.change(network, { ignore: [...(network.request.ignore ?? []), ...names] });
  return h('div', { class: 'row' }, [
    h('span', null, `${network.name}: ${strings.partial(someNames(names))}`),
    h('button', { type: 'button', disabled, onClick }, strings.leaveOut),
  ]);
}

/** For weights without a classifier: an explicit wish, as it has learned nothing. */
function NewClassifier({ page }: { page: Page }) {
  const strings = text().weights;
  const classes = useSignal(2);
  const headless = page.networks.headless.value;
  if (!headless) return null;
  return h(
    'form',
    {
      class: 'row',
      onSubmit: (event: Event) => {
        event.preventDefault();
        page.networks.change(headless, { newClassifier: { classes: classes.value } });
      },
    },
    [
      h('span', null, `${headless.name}: ${strings.headless}`),
      h('label', null, [
        `${strings.headlessClasses} `,
        h('input', {
          type: 'number',
          min: 1,
          max: 65536,
          step: 1,
          required: true,
          value: classes.value,
          onInput: ({ currentTarget }: Event & { currentTarget: HTMLInputElement }) => {
            classes.value = currentTarget.valueAsNumber;
          },
        }),
      ]),
      h('button', { type: 'submit', disabled: page.networks.work.value !== undefined }, strings.makeClassifier),
    ],
  );
}
