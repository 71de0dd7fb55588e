// The page's view of peak and of a plan's passes against it.

import { useSignal } from '@preact/signals';
import { h } from 'preact';
import { PRECISIONS, type Precision } from '../../../src/densenet/plan/precision.ts';
import { choice } from '../../page/choice.ts';
import { type PlanChoice, PlanForm } from '../../page/controls.ts';
import type { Run } from '../../page/state.ts';
import { tick } from '../../page/tick.ts';
import { planRequestOf } from '../../plan-request-of.ts';
import { recomputes } from '../../workloads.ts';
import { rooflineOf } from '../roofline/schema.ts';
import { RooflineView } from '../roofline/view.ts';
import { PassesView } from './view.ts';

type PassesChoice = PlanChoice & { readonly recompute: boolean; readonly precision: Precision };

const FIRST: PassesChoice = { model: 'bc-100-12', mode: 'training', batch: 1, recompute: false, precision: 'f32' };

export function PassesPage({ run }: { run: Run }) {
  const plan = useSignal(FIRST);
  const disabled = run.busy.value;
  const { model, mode, recompute, precision } = plan.value;
  const set = (change: Partial<PassesChoice>) => {
    const next = { ...plan.value, ...change };
    plan.value = { ...next, recompute: next.recompute && recomputes(next.model, next.mode) };
  };
  const ready = run.adapter.value !== undefined && !run.trouble.value && !run.busy.value;
  const measurePasses = () => {
    const { model, batch } = plan.value;
    const roofline = run.roofline.section.peek();
    const known = roofline && rooflineOf(roofline);
    run.passes.measure({ model, plan: planRequestOf(plan.value, batch), ...(known && { roofline: known }) });
  };
  return h('div', null, [
    h('section', { class: 'panel', 'aria-labelledby': 'roofline-title' }, [
      h('h2', { id: 'roofline-title' }, 'The roofline'),
      h(RooflineView, {
        ...ask(run.roofline, ready, () => run.roofline.measure({})),
        section: run.roofline.section.value,
      }),
    ]),
    h('section', { class: 'panel', 'aria-labelledby': 'passes-title' }, [
      h('h2', { id: 'passes-title' }, 'Passes'),
      h(PlanForm, { plan: plan.value, disabled, onChange: set }, [
        tick('Recompute', recompute, disabled || !recomputes(model, mode), (on) => set({ recompute: on })),
        choice('Precision', PRECISIONS, precision, disabled, (value) => set({ precision: value })),
      ]),
      h(PassesView, { ...ask(run.passes, ready, measurePasses), section: run.passes.section.value }),
    ]),
  ]);
}

const ask = (section: Run['roofline'] | Run['passes'], ready: boolean, measure: () => void) => ({
  phase: section.phase.value,
  problem: section.problem.value,
  onMeasure: ready || section.phase.value !== undefined ? measure : undefined,
  onStop: () => section.stop(),
});
