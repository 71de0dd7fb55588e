// How it is trained: what everybody decides, and, folded away, what has a default that does.

import { h } from 'preact';
import { OPTIMIZER_KINDS, type OptimizerKind, optimizerOf } from '../../src/densenet/train/optimizers.ts';
import { text } from '../text/text.ts';
import { Check, Select, TextInput } from './fields.ts';
import type { FormState } from './form-state.ts';

export function HyperparameterFields({ state, disabled }: { readonly state: FormState; readonly disabled: boolean }) {
  const words = text().train;
  // Where a language says nothing of an optimizer, its own name does.
  const names: Readonly<Partial<Record<OptimizerKind, string>>> = words.optimizers;
  const shared = { state, disabled };
  return h('fieldset', null, [
    h('legend', null, words.hyperparameters),
    h('div', { class: 'fields' }, [
      h(TextInput, { field: 'images', ...shared }),
      h(TextInput, { field: 'epochs', ...shared }),
      h(TextInput, { field: 'batch', ...shared }),
      h(TextInput, { field: 'learningRate', ...shared }),
    ]),
    h('details', null, [
      h('summary', null, words.more),
      h('div', { class: 'fields' }, [
        h(Select<'optimizer'>, {
          ...{ field: 'optimizer', ...shared },
          options: OPTIMIZER_KINDS.map((kind) => [kind, names[kind] ?? optimizerOf(kind).label] as const),
        }),
        h(Select<'schedule'>, {
          ...{ field: 'schedule', ...shared },
          options: [
            ['cosine', words.schedules.cosine],
            ['step', words.schedules.step],
            ['constant', words.schedules.constant],
          ],
        }),
        h(TextInput, { field: 'warmup', ...shared }),
        h(TextInput, { field: 'weightDecay', ...shared }),
        h(TextInput, { field: 'labelSmoothing', ...shared }),
        h(TextInput, { field: 'shift', ...shared }),
        h(TextInput, { field: 'seed', ...shared }),
        h(TextInput, { field: 'memory', ...shared }),
        h(Check, { field: 'mirror', ...shared }),
        h(Check, { field: 'recompute', ...shared }),
        h(Check, { field: 'halves', ...shared }),
      ]),
    ]),
  ]);
}
