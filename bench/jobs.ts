// Everything that the page's worker and the command line's hosts can be asked for: the rows' jobs, and one per section.

import { type AnyJob, type JobsOf, jobRegistry } from '../src/jobs/define-job.ts';
import { kernelsJob } from './sections/kernels/measure.ts';
import { passesJob } from './sections/passes/measure.ts';
import { rooflineJob } from './sections/roofline/measure.ts';
import { throughputJobs } from './sections/throughput/jobs.ts';
import type { SectionName } from './sections.ts';

const sectionJobs = jobRegistry(rooflineJob, passesJob, kernelsJob);

/** Sections without a job: other libraries have workers of their own (baselines/jobs.ts). */
type WithoutJob = 'peers';
sectionJobs satisfies Readonly<Record<Exclude<SectionName, WithoutJob>, AnyJob>>;

export const benchJobs = () => ({ ...throughputJobs(), ...sectionJobs });

export type BenchJobs = JobsOf<ReturnType<typeof benchJobs>>;
