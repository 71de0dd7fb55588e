// The page's view of the roof and of a plan's passes against it.

import { useSignal } from '@preact/signals';
import { h } from 'preact';
import { planRequestToJson } from '../../src/hosts/plan-request.ts';
import { type PlanChoice, PlanForm } from '../plan-form.ts';
import { RoofView } from '../roof/roof-view.ts';
import { roofOf } from '../roof/section.ts';
import type { Run } from '../run.ts';
import { PassesView } from './passes-view.ts';
import { planRequestOf } from './plan-request-of.ts';

export function PassesPage({ run }: { run: Run }) {
  const plan = useSignal<PlanChoice>({ model: 'bc-100-12', mode: 'training', batch: 1 });
  const ready = run.adapter.value !== undefined && !run.trouble.value && !run.busy.value;
  const measurePasses = () => {
    const { model, batch } = plan.value;
    const roof = run.roof.section.peek();
    const known = roof && roofOf(roof);
    const request = planRequestToJson(planRequestOf(plan.value, batch));
    run.passes.measure({ model, plan: request, ...(known && { roof: known }) });
  };
  return h('div', null, [
    h('section', { class: 'panel', 'aria-labelledby': 'roof-title' }, [
      h('h2', { id: 'roof-title' }, 'The roof'),
      h(RoofView, {
        ...ask(run.roof, ready, () => run.roof.measure({})),
        section: run.roof.section.value,
      }),
    ]),
    h('section', { class: 'panel', 'aria-labelledby': 'passes-title' }, [
      h('h2', { id: 'passes-title' }, 'Passes'),
      h(PlanForm, {
        plan: plan.value,
        disabled: run.busy.value,
        onChange: (value) => {
          plan.value = value;
        },
      }),
      h(PassesView, { ...ask(run.passes, ready, measurePasses), section: run.passes.section.value }),
    ]),
  ]);
}

const ask = (section: Run['roof'] | Run['passes'], ready: boolean, measure: () => void) => ({
  phase: section.phase.value,
  problem: section.problem.value,
  onMeasure: ready || section.phase.value !== undefined ? measure : undefined,
  onStop: () => section.stop(),
});
