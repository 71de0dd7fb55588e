// Everything that the page's worker and the command line's hosts can be asked for.

import type { Jobs } from '../src/jobs/job.ts';
import { benchJobs } from './jobs.ts';
import { kernelsJobs } from './kernels/kernels-jobs.ts';
import { passesJobs } from './passes/passes-jobs.ts';
import { rooflineJobs } from './roofline/roofline-jobs.ts';

export const allJobs = (): Jobs => ({ ...benchJobs(), ...rooflineJobs(), ...passesJobs(), ...kernelsJobs() });
