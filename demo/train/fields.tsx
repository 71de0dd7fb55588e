// The form's controls: each with its name, a sentence that explains it, and, where what it says cannot be, a sentence on
// what could.

import type { ComponentChildren } from 'preact';
import type { Limits } from '../../src/data/schema.ts';
import { format, text } from '../text/text.ts';
import type { Field, Form, Problem } from './form.ts';
import { isWhole, type NumberField } from './form-numbers.ts';
import type { FormState } from './form-state.ts';

type InputEvent = Event & { currentTarget: HTMLInputElement };
type SelectEvent = Event & { currentTarget: HTMLSelectElement };

interface FieldProps {
  readonly state: FormState;
  readonly disabled: boolean;
}

const idOf = (field: Field) => `train-${field}`;

/** What describes a field: its sentence, and its problem. */
function describedBy(field: Field, problem: Problem | undefined) {
  return problem ? `${idOf(field)}-hint ${idOf(field)}-problem` : `${idOf(field)}-hint`;
}

function Described({
  field,
  state,
  children,
}: Pick<FieldProps, 'state'> & { field: Field; children?: ComponentChildren }) {
  const problem = state.read.problems?.[field];
  return (
    <div class={problem ? 'field wrong-field' : 'field'}>
      {children}
      <p class="hint" id={`${idOf(field)}-hint`}>
        {text().train.fields[field].hint}
      </p>
      {problem && (
        <p class="problem" id={`${idOf(field)}-problem`}>
          {sentenceOf(field, problem)}
        </p>
      )}
    </div>
  );
}

/** What would do instead. */
export function sentenceOf(field: Field, problem: Problem): string {
  const strings = text().train;
  const { label } = strings.fields[field];
  const { count } = format();
  switch (problem.kind) {
    case 'number': {
      const { limits } = problem;
      return (limits.whole ? strings.problem.whole : strings.problem.number)(label, limitsText(limits));
    }
    case 'blocks': {
      const { least, most, limits } = problem.limits;
      return strings.problem.blocks(label, count(least), count(most), limits ? limitsText(limits) : '');
    }
    case 'shrinks':
      return strings.problem.shrinks(count(problem.block));
    case 'keepsNothing':
      return strings.problem.keepsNothing(count(problem.transition));
    case 'tooWide':
      return strings.problem.tooWide;
    case 'inUse':
      return strings.problem.inUse[problem.what];
  }
}

function limitsText({ min, above, max, below }: Limits): string {
  const { range, atLeast, moreThan, atMost, lessThan, both } = text().train.problem.limits;
  const { decimal, count } = format();
  const short = (value: number) => (Number.isInteger(value) ? count(value) : decimal(value, value < 0.01 ? 6 : 2));
  if (min !== undefined && max !== undefined) return range(short(min), short(max));
  const parts = [
    min !== undefined && atLeast(short(min)),
    above !== undefined && moreThan(short(above)),
    max !== undefined && atMost(short(max)),
    below !== undefined && lessThan(short(below)),
  ].filter((part) => part !== false);
  return parts.reduce(both);
}

export function TextInput({
  field,
  state,
  disabled,
  shape,
}: FieldProps & { field: NumberField | 'blocks'; shape?: boolean }) {
  const problem = state.read.problems?.[field];
  return (
    <Described field={field} state={state}>
      <label for={idOf(field)}>{text().train.fields[field].label}</label>
      <input
        id={idOf(field)}
        type="text"
        inputMode={field === 'blocks' ? 'text' : isWhole(field) ? 'numeric' : 'decimal'}
        autoComplete="off"
        value={state.form[field]}
        disabled={disabled}
        aria-describedby={describedBy(field, problem)}
        {...(problem && {
          'aria-invalid': true,
        })} /* A network whose shape is changed is none of those offered any more. */
        onInput={(event: InputEvent) =>
          state.change({ [field]: event.currentTarget.value, ...(shape && { network: 'own' as const }) })
        }
      />
    </Described>
  );
}

type ChoiceField = 'network' | 'stem' | 'colours' | 'schedule' | 'optimizer';

interface SelectProps<F extends ChoiceField> extends FieldProps {
  readonly field: F;
  readonly options: readonly (readonly [value: Form[F], name: string])[];
  readonly onChoose?: (value: Form[F]) => void;
}

export function Select<F extends ChoiceField>({ field, state, disabled, options, onChoose }: SelectProps<F>) {
  const choose = (event: SelectEvent) => {
    const found = options.find(([value]) => value === event.currentTarget.value);
    if (!found) return;
    if (onChoose) onChoose(found[0]);
    else state.change({ [field]: found[0] });
  };
  return (
    <Described field={field} state={state}>
      <label for={idOf(field)}>{text().train.fields[field].label}</label>
      <select id={idOf(field)} disabled={disabled} aria-describedby={describedBy(field, undefined)} onChange={choose}>
        {options.map(([value, name]) => (
          <option key={value} value={value} selected={value === state.form[field]}>
            {name}
          </option>
        ))}
      </select>
    </Described>
  );
}

interface CheckProps<F extends 'mirror' | 'recompute' | 'precision'> extends FieldProps {
  readonly field: F;
  /** Of the box as it is empty, and as it is checked. */
  readonly values: readonly [off: Form[F], on: Form[F]];
}

export function Check<F extends 'mirror' | 'recompute' | 'precision'>(props: CheckProps<F>) {
  const { field, state, disabled, values } = props;
  return (
    <Described field={field} state={state}>
      <label class="check">
        <input
          type="checkbox"
          checked={state.form[field] === values[1]}
          disabled={disabled}
          aria-describedby={describedBy(field, undefined)}
          onChange={(event: InputEvent) => state.change({ [field]: values[event.currentTarget.checked ? 1 : 0] })}
        />
        {text().train.fields[field].label}
      </label>
    </Described>
  );
}

interface RadiosProps<F extends 'start' | 'trainable'> extends FieldProps {
  readonly field: F;
  /** Each with a sentence on what it means. */
  readonly options: readonly (readonly [value: Form[F], name: string, hint: string])[];
}

export function Radios<F extends 'start' | 'trainable'>({ field, state, disabled, options }: RadiosProps<F>) {
  const problem = state.read.problems?.[field];
  return (
    <div role="radiogroup" aria-label={text().train.fields[field].label} class="radios">
      {options.map(([value, name, hint]) => (
        <div key={value} class="field">
          <label class="check">
            <input
              type="radio"
              name={idOf(field)}
              value={value}
              checked={state.form[field] === value}
              disabled={disabled}
              aria-describedby={`${idOf(field)}-${value}`}
              onChange={() => state.change({ [field]: value })}
            />
            {name}
          </label>
          <p class="hint" id={`${idOf(field)}-${value}`}>
            {hint}
          </p>
        </div>
      ))}
      {problem && (
        <p class="problem" role="alert">
          {sentenceOf(field, problem)}
        </p>
      )}
    </div>
  );
}
