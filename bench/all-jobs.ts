// Everything that the page's worker and the command line's hosts can be asked for.

import { type JobsOf, jobRegistry } from '../src/jobs/define-job.ts';
import { benchJobs } from './jobs.ts';
import { kernelsJob } from './kernels/kernels-jobs.ts';
import { passesJob } from './passes/passes-jobs.ts';
import { rooflineJob } from './roofline/roofline-jobs.ts';

export const allJobs = () => ({ ...benchJobs(), ...jobRegistry(rooflineJob, passesJob, kernelsJob) });

export type BenchJobs = JobsOf<ReturnType<typeof allJobs>>;
