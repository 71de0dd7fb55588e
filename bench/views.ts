// The page's views, in the order of its links. A section of the report gets its view by a line here.

import type { ComponentType } from 'preact';
import { CompareView } from './compare/compare-view.ts';
import { KernelsPage } from './kernels/kernels-page.ts';
import { MeasureView } from './measure-view/measure-view.ts';
import { MemoryView } from './memory/memory-view.ts';
import { PassesPage } from './passes/passes-page.ts';
import { PeersView } from './peers/peers-view.ts';
import type { Run } from './run.ts';

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
  { id: 'peers', title: 'Other libraries', view: PeersView },
  { id: 'compare', title: 'Compare', view: CompareView },
];
