// The page's view of the sweep: which plan's shapes, or the whole catalogue, and what came out.

import { useSignal } from '@preact/signals';
import { h } from 'preact';
import { MeasureButton } from '../../page/ask.ts';
import { type PlanChoice, PlanForm } from '../../page/controls.ts';
import type { Run } from '../../page/state.ts';
import { rooflineOf } from '../roofline/schema.ts';
import { catalogueOfPlans, type KernelsRequest, planOf } from './job.ts';
import { KernelsView } from './view.ts';

/** No shape is begun after so long. */
const SECONDS = 60;

export function KernelsPage({ run }: { run: Run }) {
  const plan = useSignal<PlanChoice>({ model: 'bc-100-12', mode: 'training', batch: 1 });
  const { kernels } = run;
  const ready = run.adapter.value !== undefined && !run.trouble.value && !run.busy.value;
  const sweep = (plans: KernelsRequest['plans']) => {
    const roofline = run.roofline.section.peek();
    const known = roofline && rooflineOf(roofline);
    kernels.measure({ plans, seconds: SECONDS, ...(known && { roofline: known }) });
  };
  const section = kernels.section.value;
  return h('section', { class: 'panel', 'aria-labelledby': 'kernels-title' }, [
    h('h2', { id: 'kernels-title' }, 'Kernels and their tiles'),
    h('p', { class: 'hint' }, [
      'Every tile of every convolution kernel, at the shapes of a network: held against float64 on this GPU first, ',
      'then timed, as the tuner does it. Measure the roofline under Passes first, and shares of it are told too.',
    ]),
    h(PlanForm, {
      plan: plan.value,
      disabled: run.busy.value,
      onChange: (value) => {
        plan.value = value;
      },
    }),
    h('div', { class: 'row' }, [
      h('button', { type: 'button', disabled: !ready, onClick: () => sweep(catalogueOfPlans()) }, 'Whole catalogue'),
    ]),
    h(MeasureButton, {
      label: section ? 'Sweep its kernels again' : 'Sweep its kernels',
      phase: kernels.phase.value,
      problem: kernels.problem.value,
      onMeasure:
        ready || kernels.phase.value !== undefined
          ? () => sweep([planOf(plan.value.model, plan.value.mode, plan.value.batch)])
          : undefined,
      onStop: () => kernels.stop(),
    }),
    section && h(KernelsView, { section }),
  ]);
}
