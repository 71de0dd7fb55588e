// Where the weights start, and of a fresh network its shape: one that is offered, or the visitor's own.

import { h } from 'preact';
import { STEM_KINDS } from '../../src/densenet/stems.ts';
import { text } from '../text/text.ts';
import { Radios, Select, TextInput } from './fields.ts';
import { shapeFields } from './form-defaults.ts';
import type { FormState } from './form-state.ts';
import { networksFor, PAPER_NAMES } from './networks.ts';

interface Props {
  readonly state: FormState;
  readonly disabled: boolean;
}

export function StartFields({ state, disabled }: Props) {
  const words = text().train;
  return h('fieldset', null, [
    h('legend', null, words.fields.start.label),
    h(Radios<'start'>, {
      ...{ field: 'start', state, disabled },
      options: [
        ['scratch', words.starts.scratch.label, words.starts.scratch.hint],
        ['fine-tune', words.starts.fineTune.label, words.starts.fineTune.hint],
      ],
    }),
    state.form.start === 'fine-tune' && h(FineTuneFields, { state, disabled }),
  ]);
}

function FineTuneFields({ state, disabled }: Props) {
  const { trainable, parts } = { trainable: text().train.fields.trainable, parts: text().train.parts };
  return h('div', { class: 'within' }, [
    h('p', null, trainable.label),
    h(Radios<'trainable'>, {
      ...{ field: 'trainable', state, disabled },
      options: [
        ['classifier', parts.classifier.label, parts.classifier.hint],
        ['last-block', parts.lastBlock.label, parts.lastBlock.hint],
        ['all', parts.all.label, parts.all.hint],
      ],
    }),
    h('div', { class: 'fields' }, h(TextInput, { field: 'dropout', state, disabled })),
  ]);
}

export function NetworkFields({ state, disabled }: Props) {
  const words = text().train;
  const { size } = state.context;
  const shared = { state, disabled };
  return h('fieldset', null, [
    h('legend', null, words.network),
    h('p', { class: 'hint' }, words.networkHint),
    h('div', { class: 'fields' }, [
      h(Select<'network'>, {
        ...{ field: 'network', ...shared },
        options: [
          ...networksFor(size).map((name) => [name, { ...words.networks, ...PAPER_NAMES }[name]] as const),
          ['own', words.networks.own] as const,
        ],
        onChoose: (name) => state.change(name === 'own' ? { network: name } : shapeFields(name)),
      }),
      h(TextInput, { field: 'growthRate', shape: true, ...shared }),
      h(TextInput, { field: 'blocks', shape: true, ...shared }),
      h(TextInput, { field: 'bottleneckWidth', shape: true, ...shared }),
      h(TextInput, { field: 'compression', shape: true, ...shared }),
      h(TextInput, { field: 'initialChannels', shape: true, ...shared }),
      h(Select<'stem'>, {
        ...{ field: 'stem', ...shared },
        options: STEM_KINDS.map((stem) => [stem, words.stems[stem]] as const),
        onChoose: (stem) => state.change({ stem, network: 'own' }),
      }),
      h(TextInput, { field: 'dropout', ...shared }),
      !size && h(TextInput, { field: 'size', ...shared }),
      !size &&
        h(Select<'colours'>, {
          ...{ field: 'colours', ...shared },
          options: [
            ['colour', words.colours.colour],
            ['grey', words.colours.grey],
          ],
        }),
    ]),
  ]);
}
