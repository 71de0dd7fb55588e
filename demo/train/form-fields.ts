// The fieldsets of the Train form: where the weights start, and of a new network its shape; then how it is trained, what
// everybody decides first, and folded away what has a default that does. Selects offer what the domain's tables have.

import { h } from 'preact';
import { PORTABLE_PRECISIONS } from '../../src/densenet/plan/feature-map.ts';
import { STEM_KINDS } from '../../src/densenet/stems.ts';
import { OPTIMIZER_KINDS } from '../../src/densenet/train/optimizers.ts';
import { text } from '../text/text.ts';
import { Check, Radios, Select, TextInput } from './fields.ts';
import type { Form } from './form.ts';
import { shapeFields } from './form-defaults.ts';
import type { FormState } from './form-state.ts';
import { networksFor, PAPER_NAMES } from './networks.ts';
import { OFFERED_SCHEDULES } from './offered-schedules.ts';

interface Props {
  readonly state: FormState;
  readonly disabled: boolean;
}

export function StartFields({ state, disabled }: Props) {
  const strings = text().train;
  return h('fieldset', null, [
    h('legend', null, strings.fields.start.label),
    h(Radios<'start'>, {
      field: 'start',
      state,
      disabled,
      options: [
        ['scratch', strings.starts.scratch.label, strings.starts.scratch.hint],
        ['fine-tune', strings.starts.fineTune.label, strings.starts.fineTune.hint],
      ],
    }),
    state.form.start === 'fine-tune' && h(FineTuneFields, { state, disabled }),
  ]);
}

const TRAINABLE = ['classifier', 'last-block', 'all'] as const satisfies readonly Form['trainable'][];

function FineTuneFields({ state, disabled }: Props) {
  const { fields, parts } = text().train;
  return h('div', { class: 'within' }, [
    h('p', null, fields.trainable.label),
    h(Radios<'trainable'>, {
      field: 'trainable',
      state,
      disabled,
      options: TRAINABLE.map((part) => [part, parts[part].label, parts[part].hint] as const),
    }),
    h('div', { class: 'fields' }, h(TextInput, { field: 'dropout', state, disabled })),
  ]);
}

export function NetworkFields({ state, disabled }: Props) {
  const strings = text().train;
  const { size } = state.context;
  const shared = { state, disabled };
  return h('fieldset', null, [
    h('legend', null, strings.network),
    h('p', { class: 'hint' }, strings.networkHint),
    h('div', { class: 'fields' }, [
      h(Select<'network'>, {
        field: 'network',
        ...shared,
        options: [
          ...networksFor(size).map((name) => [name, { ...strings.networks, ...PAPER_NAMES }[name]] as const),
          ['own', strings.networks.own] as const,
        ],
        onChoose: (name) => state.change(name === 'own' ? { network: name } : shapeFields(name)),
      }),
      h(TextInput, { field: 'growthRate', shape: true, ...shared }),
      h(TextInput, { field: 'blocks', shape: true, ...shared }),
      h(TextInput, { field: 'bottleneckWidth', shape: true, ...shared }),
      h(TextInput, { field: 'compression', shape: true, ...shared }),
      h(TextInput, { field: 'initialChannels', shape: true, ...shared }),
      h(Select<'stem'>, {
        field: 'stem',
        ...shared,
        options: STEM_KINDS.map((stem) => [stem, strings.stems[stem]] as const),
        onChoose: (stem) => state.change({ stem, network: 'own' }),
      }),
      h(TextInput, { field: 'dropout', ...shared }),
      !size && h(TextInput, { field: 'size', ...shared }),
      !size &&
        h(Select<'colours'>, {
          field: 'colours',
          ...shared,
          options: [
            ['colour', strings.colours.colour],
            ['grey', strings.colours.grey],
          ],
        }),
    ]),
  ]);
}

export function HyperparameterFields({ state, disabled }: Props) {
  const strings = text().train;
  const shared = { state, disabled };
  return h('fieldset', null, [
    h('legend', null, strings.hyperparameters),
    h('div', { class: 'fields' }, [
      h(TextInput, { field: 'images', ...shared }),
      h(TextInput, { field: 'epochs', ...shared }),
      h(TextInput, { field: 'batch', ...shared }),
      h(TextInput, { field: 'learningRate', ...shared }),
    ]),
    h('details', null, [
      h('summary', null, strings.more),
      h('div', { class: 'fields' }, [
        h(Select<'optimizer'>, {
          field: 'optimizer',
          ...shared,
          options: OPTIMIZER_KINDS.map((kind) => [kind, strings.optimizers[kind]] as const),
        }),
        h(Select<'schedule'>, {
          field: 'schedule',
          ...shared,
          options: OFFERED_SCHEDULES.map((name) => [name, strings.schedules[name]] as const),
        }),
        h(TextInput, { field: 'accumulate', ...shared }),
        h(TextInput, { field: 'warmup', ...shared }),
        h(TextInput, { field: 'weightDecay', ...shared }),
        h(TextInput, { field: 'labelSmoothing', ...shared }),
        h(TextInput, { field: 'shift', ...shared }),
        h(TextInput, { field: 'seed', ...shared }),
        h(TextInput, { field: 'memory', ...shared }),
        h(Check<'mirror'>, { field: 'mirror', values: [false, true], ...shared }),
        h(Check<'recompute'>, { field: 'recompute', values: [false, true], ...shared }),
        h(Check<'precision'>, { field: 'precision', values: PORTABLE_PRECISIONS, ...shared }),
      ]),
    ]),
  ]);
}
