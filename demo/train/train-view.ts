// Train: what to learn from, the network and where it starts, the hyperparameters, the resource estimate; then the run with its curves,
// what it makes of images that it never saw, and the result to use or to keep.

import { h } from 'preact';
import { DataSource } from '../data/data-source.ts';
import type { Page } from '../page.ts';
import { PauseButton, RunSavingNote, RunsCard } from '../runs/runs-card.ts';
import { text } from '../text/text.ts';
import { Curves } from './curves.ts';
import { HyperparameterFields, NetworkFields, StartFields } from './form-fields.ts';
import { type FormState, formState } from './form-state.ts';
import { PlannerView } from './planner-view.ts';
import { Outcome, Status } from './run-status.ts';
import { TopLosses } from './top-losses.ts';
import { ValidationView } from './validation-view.ts';
import './train.css';

export function TrainView({ page }: { page: Page }) {
  const strings = text().train;
  const state = formState(page);
  const { data, active } = page.training;
  return h('section', { class: 'panel train', 'aria-labelledby': 'train-title' }, [
    h('h2', { id: 'train-title' }, strings.title),
    h('p', null, strings.lead),
    h(RunsCard, { page }),
    h(DataSource, { data, disabled: active }),
    state && h(TrainForm, { page, state, disabled: active }),
    h(Status, { page }),
    h(RunSavingNote, { page }),
    h(Outcome, { page }),
    h(Curves, { page }),
    h(ValidationView, { page }),
    h(TopLosses, { page }),
  ]);
}

interface FormProps {
  readonly page: Page;
  readonly state: FormState;
  readonly disabled: boolean;
}

function TrainForm({ page, state, disabled }: FormProps) {
  const strings = text().train;
  const { training } = page;
  const { settings, problems } = state.read;
  const answer = training.planner.answerTo(state.question);
  const ready = settings !== undefined && answer !== undefined && answer.refusal === null;
  return h(
    'form',
    {
      class: 'plan-form',
      noValidate: true,
      onSubmit: (event: Event) => {
        event.preventDefault();
        if (ready && !training.active) training.run(settings, state.set);
      },
    },
    [
      h('div', { class: 'sides' }, [
        h('div', null, [
          h(StartFields, { state, disabled }),
          state.form.start === 'scratch' && h(NetworkFields, { state, disabled }),
          h(HyperparameterFields, { state, disabled }),
        ]),
        h(PlannerView, { page, state }),
      ]),
      h('div', { class: 'row start' }, [
        disabled
          ? h('button', { type: 'button', class: 'stop', onClick: () => training.stop() }, strings.stop)
          : h('button', { type: 'submit', class: 'primary', disabled: !ready }, strings.start),
        h(PauseButton, { page }),
        problems && h('p', { class: 'problem', role: 'status' }, strings.seeProblems),
      ]),
    ],
  );
}
