// The sections of a report beside its rows, by their key in it: said here once. The report's schema, what the command line
// prints (terminal.ts), what a host can be asked for (jobs.ts) and the page's views (page/app.ts) derive from this table or
// are held to it by their types: an entry without one of them does not compile.

import * as v from 'valibot';
import { baselinesSectionSchema } from './sections/baselines/schema.ts';
import { kernelsSectionSchema } from './sections/kernels/schema.ts';
import { passesSectionSchema } from './sections/passes/schema.ts';
import { rooflineSectionSchema } from './sections/roofline/schema.ts';

export const SECTION_SCHEMAS = {
  roofline: v.exactOptional(rooflineSectionSchema),
  /** One per plan. */
  passes: v.exactOptional(v.pipe(v.array(passesSectionSchema), v.nonEmpty())),
  kernels: v.exactOptional(kernelsSectionSchema),
  /** Other libraries: the key of reports of version 2. */
  peers: v.exactOptional(baselinesSectionSchema),
};

export type SectionName = keyof typeof SECTION_SCHEMAS;
