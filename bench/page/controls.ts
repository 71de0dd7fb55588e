// Which plan a section looks into: a network, a mode, a batch.

import { type ComponentChildren, h } from 'preact';
import type { PresetName } from '../../src/densenet/presets.ts';
import { LARGEST_BATCH, MODELS, MODES, type Mode } from '../workloads.ts';
import { choice } from './choice.ts';

export type PlanChoice = {
  readonly model: PresetName;
  readonly mode: Mode;
  readonly batch: number;
};

type InputEvent = Event & { currentTarget: HTMLInputElement | HTMLSelectElement };

interface PlanFormProps {
  readonly plan: PlanChoice;
  readonly disabled: boolean;
  readonly onChange: (plan: PlanChoice) => void;
  /** Choices of the section's own, after these. */
  readonly children?: ComponentChildren;
}

export function PlanForm({ plan, disabled, onChange, children }: PlanFormProps) {
  const { model, mode, batch } = plan;
  return h('div', { class: 'settings' }, [
    choice('Network', MODELS, model, disabled, (value) => onChange({ ...plan, model: value })),
    choice('Mode', MODES, mode, disabled, (value) => onChange({ ...plan, mode: value })),
    h('label', null, [
      'Batch',
      h('input', {
        ...{ type: 'number', min: 1, max: LARGEST_BATCH, step: 1, value: batch, disabled },
        onInput: (event: InputEvent) => {
          const value = Number(event.currentTarget.value);
          if (Number.isInteger(value) && value >= 1 && value <= LARGEST_BATCH) onChange({ ...plan, batch: value });
        },
      }),
    ]),
    children,
  ]);
}
