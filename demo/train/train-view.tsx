// Train: what to learn from, the network and where it starts, the hyperparameters, the resource estimate; then the run with its curves,
// what it makes of images that it never saw, and the result to use or to keep.

import { DataSource } from '../data/data-source.tsx';
import type { Page } from '../page.ts';
import { ProjectRow } from '../project/project-row.tsx';
import { PauseButton, RunSavingNote, RunsCard } from '../runs/runs-card.tsx';
import { text } from '../text/text.ts';
import { Curves } from './curves.tsx';
import { HyperparameterFields, NetworkFields, StartFields } from './form-fields.tsx';
import { type FormState, formState } from './form-state.ts';
import { PlannerView } from './planner-view.tsx';
import { Outcome, Status } from './run-status.tsx';
import { TopLosses } from './top-losses.tsx';
import { ValidationView } from './validation-view.tsx';
import './train.css';

export function TrainView({ page }: { page: Page }) {
  const strings = text().train;
  const state = formState(page);
  const { data, active } = page.training;
  return (
    <section class="panel train" aria-labelledby="train-title">
      <h2 id="train-title">{strings.title}</h2>
      <p>{strings.lead}</p>
      <ProjectRow page={page} />
      <RunsCard page={page} />
      <DataSource data={data} disabled={active} />
      {state && <TrainForm page={page} state={state} disabled={active} />}
      <Status page={page} />
      <RunSavingNote page={page} />
      <Outcome page={page} />
      <Curves page={page} />
      <ValidationView page={page} />
      <TopLosses page={page} />
    </section>
  );
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
  return (
    <form
      class="plan-form"
      noValidate
      onSubmit={(event: Event) => {
        event.preventDefault();
        if (ready && !training.active) training.run(settings, state.set);
      }}
    >
      <div class="sides">
        <div>
          <StartFields state={state} disabled={disabled} />
          {state.form.start === 'scratch' && <NetworkFields state={state} disabled={disabled} />}
          <HyperparameterFields state={state} disabled={disabled} />
        </div>
        <PlannerView page={page} state={state} />
      </div>
      <div class="row start">
        {disabled ? (
          <button type="button" class="stop" onClick={() => training.stop()}>
            {strings.stop}
          </button>
        ) : (
          <button type="submit" class="primary" disabled={!ready}>
            {strings.start}
          </button>
        )}
        <PauseButton page={page} />
        {problems && (
          <p class="problem" role="status">
            {strings.seeProblems}
          </p>
        )}
      </div>
    </form>
  );
}
