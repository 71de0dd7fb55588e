// Controls that the views' forms are made of, and the button that measures a section.

import type { ComponentChildren } from 'preact';
import type { PresetName } from '../../src/densenet/presets.ts';
import { LARGEST_BATCH, MODELS, MODES, type Mode } from '../workloads.ts';

type InputEvent = Event & { currentTarget: HTMLInputElement };

/** One of a few values, as a labelled select. */
export function selectField<T extends string>(
  label: string,
  values: readonly T[],
  selected: T,
  disabled: boolean,
  onSelect: (value: T) => void,
) {
  const onChange = (event: Event & { currentTarget: HTMLSelectElement }) => {
    const value = values.find((candidate) => candidate === event.currentTarget.value);
    if (value !== undefined) onSelect(value);
  };
  const options = values.map((value) => (
    <option key={value} value={value} selected={value === selected}>
      {value}
    </option>
  ));
  return (
    <label>
      {label}
      <select disabled={disabled} onChange={onChange}>
        {options}
      </select>
    </label>
  );
}

/** A labelled checkbox. */
export function checkbox(label: string, checked: boolean, disabled: boolean, onChange: (on: boolean) => void) {
  return (
    <label class="checkbox">
      <input
        type="checkbox"
        checked={checked}
        disabled={disabled}
        onChange={(event: InputEvent) => onChange(event.currentTarget.checked)}
      />
      {label}
    </label>
  );
}

interface BatchFieldProps {
  readonly batch: number;
  readonly disabled: boolean;
  readonly required?: boolean;
  readonly onInput: (batch: number) => void;
}

/** The number of images at once. `onInput` gets whatever number is typed; the form's own check says what it may be. */
export function BatchField({ batch, disabled, required = false, onInput }: BatchFieldProps) {
  return (
    <label>
      Batch
      <input
        type="number"
        min={1}
        max={LARGEST_BATCH}
        step={1}
        required={required}
        disabled={disabled}
        value={batch}
        onInput={({ currentTarget: { value } }: InputEvent) => {
          // Empty while it is being typed anew.
          if (value !== '') onInput(Number(value));
        }}
      />
    </label>
  );
}

/** Which plan a section looks into. */
export type PlanChoice = {
  readonly model: PresetName;
  readonly mode: Mode;
  readonly batch: number;
};

interface PlanFormProps {
  readonly plan: PlanChoice;
  readonly disabled: boolean;
  readonly onChange: (plan: PlanChoice) => void;
  /** Fields of the section's own, after these. */
  readonly children?: ComponentChildren;
}

/** A network, a mode, a batch. */
export function PlanForm({ plan, disabled, onChange, children }: PlanFormProps) {
  const { model, mode, batch } = plan;
  return (
    <div class="settings">
      {selectField('Network', MODELS, model, disabled, (value) => onChange({ ...plan, model: value }))}
      {selectField('Mode', MODES, mode, disabled, (value) => onChange({ ...plan, mode: value }))}
      <BatchField
        batch={batch}
        disabled={disabled}
        onInput={(value) => {
          if (Number.isInteger(value) && value >= 1 && value <= LARGEST_BATCH) onChange({ ...plan, batch: value });
        }}
      />
      {children}
    </div>
  );
}

export interface MeasureButtonProps {
  /** On the button. */
  readonly label: string;
  /** What is under way, in words; undefined where nothing is. */
  readonly phase?: string | undefined;
  readonly problem?: string | undefined;
  /** Left out: nothing can be measured here, only shown. */
  readonly onMeasure?: (() => void) | undefined;
  readonly onStop?: (() => void) | undefined;
}

/** The button that measures a section, what is under way meanwhile, and what went wrong. */
export function MeasureButton({ label, phase, problem, onMeasure, onStop }: MeasureButtonProps) {
  const busy = phase !== undefined;
  return (
    <div class="measure">
      {onMeasure && (
        <div class="row">
          <button type="button" disabled={busy} onClick={onMeasure}>
            {label}
          </button>
          {busy && onStop && (
            <button type="button" class="stop" onClick={onStop}>
              Stop
            </button>
          )}
          <span role="status">{busy ? `${phase} …` : ''}</span>
        </div>
      )}
      {problem !== undefined && <p class="wrong">{problem}</p>}
    </div>
  );
}
