// Everything that the page's worker and the command line's hosts can be asked for.

import { type JobsOf, jobRegistry } from '../src/jobs/define-job.ts';
import { benchJobs } from './jobs.ts';
import { kernelsJob } from './sections/kernels/job.ts';
import { passesJob } from './sections/passes/job.ts';
import { rooflineJob } from './sections/roofline/job.ts';

export const allJobs = () => ({ ...benchJobs(), ...jobRegistry(rooflineJob, passesJob, kernelsJob) });

export type BenchJobs = JobsOf<ReturnType<typeof allJobs>>;
