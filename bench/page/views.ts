// The page's views, in the order of its links. A section of the report gets its view by a line here.

import type { ComponentType } from 'preact';
import { BaselinesView } from '../sections/baselines/view.ts';
import { CompareView } from '../sections/compare/view.ts';
import { KernelsPage } from '../sections/kernels/page.ts';
import { MemoryView } from '../sections/memory/view.ts';
import { PassesPage } from '../sections/passes/page.ts';
import { MeasureView } from '../sections/throughput/view.ts';
import type { Run } from './state.ts';

export interface View {
  /** The address's hash. */
  readonly id: string;
  readonly title: string;
  readonly view: ComponentType<{ run: Run }>;
}

export const VIEWS: readonly [View, ...View[]] = [
  { id: 'measure', title: 'Measure', view: MeasureView },
  { id: 'passes', title: 'Passes', view: PassesPage },
  { id: 'kernels', title: 'Kernels', view: KernelsPage },
  { id: 'memory', title: 'Memory', view: ({ run }) => MemoryView({ rows: run.rows.value }) },
  { id: 'peers', title: 'Other libraries', view: BaselinesView },
  { id: 'compare', title: 'Compare', view: CompareView },
];
