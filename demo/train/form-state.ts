// The form as it stands: defaults by data and GPU under what the visitor changed, what it means, and what the planner is
// asked of it. Views call it while they are drawn, so that they follow all that it reads.

import { type TrainingSet, trainingCount, validationCount } from '../data/training-set.ts';
import type { Page } from '../page.ts';
import type { PlanQuestion } from '../worker/plan-training.ts';
import { type Form, type ReadForm, readForm } from './form.ts';
import { defaultForm } from './form-defaults.ts';
import type { FormContext } from './form-numbers.ts';
import { questionOf } from './planner.ts';

export interface FormState {
  readonly set: TrainingSet;
  readonly context: FormContext;
  readonly form: Form;
  readonly read: ReadForm;
  /** Where the form can be read. */
  readonly question: PlanQuestion | undefined;
  change(changes: Partial<Form>): void;
}

/** Undefined while there is nothing to learn from. */
export function formState(page: Page): FormState | undefined {
  const { data, changes } = page.training;
  const set = data.set.value;
  if (!set) return undefined;
  const loaded = page.network.value?.loaded;
  const context: FormContext = {
    images: trainingCount(set),
    classes: set.classes.length,
    size: set.size,
    inUse: loaded?.config,
  };
  const { start = 'scratch', optimizer = 'sgd' } = changes.value;
  const machine = { software: loaded?.adapter.software ?? true, memory: memoryOfThisComputer() };
  const form = { ...defaultForm(context, machine, start, optimizer), ...changes.value };
  const read = readForm(form, context);
  return {
    set,
    context,
    form,
    read,
    question: read.settings && questionOf(read.settings, validationCount(set)),
    change: (more) => {
      changes.value = { ...changes.peek(), ...more };
    },
  };
}

/** In GiB; Chromium says it, rounded, and others do not. */
const memoryOfThisComputer = (): number | undefined =>
  'deviceMemory' in navigator && typeof navigator.deviceMemory === 'number' ? navigator.deviceMemory : undefined;
