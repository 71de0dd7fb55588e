// The parts of a report beside its rows. A section has a folder with its result's type, its jobs, its view and its
// `section.schema.json`. To add one: its type and its schema here, a `$ref` to that schema in report-2.schema.json, its jobs
// in all-jobs.ts, its view in views.ts.

import type { Schema } from '@cfworker/json-schema';
import kernels from './kernels/section.schema.json' with { type: 'json' };
import passes from './passes/section.schema.json' with { type: 'json' };
import peers from './peers/section.schema.json' with { type: 'json' };
import roofline from './roofline/section.schema.json' with { type: 'json' };
import type { BaselinesSection } from './sections/baselines/schema.ts';
import type { KernelsSection } from './sections/kernels/schema.ts';
import type { PassesSection } from './sections/passes/schema.ts';
import type { RooflineSection } from './sections/roofline/schema.ts';

/** By section, what its folder's type says; left out where it was not run. */
export type Sections = {
  readonly roofline?: RooflineSection;
  /** One a plan. */
  readonly passes?: readonly PassesSection[];
  readonly kernels?: KernelsSection;
  readonly peers?: BaselinesSection;
};

/** What report-2.schema.json refers to, by the path in its `$ref`: `./roofline/section.schema.json`. */
export const SECTION_SCHEMAS: Readonly<Record<string, Schema>> = {
  './roofline/section.schema.json': roofline as Schema,
  './passes/section.schema.json': passes as Schema,
  './kernels/section.schema.json': kernels as Schema,
  './peers/section.schema.json': peers as Schema,
};
