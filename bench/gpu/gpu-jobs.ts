// What is measured on a GPU without a page.

import { type JobsOf, jobRegistry } from '../../src/jobs/define-job.ts';
import { hostJobs } from '../../src/jobs/registry.ts';
import { passesJob } from '../sections/passes/measure.ts';
import { rooflineJob } from '../sections/roofline/measure.ts';
import { throughputJob } from './throughput.ts';

export const gpuJobs = { ...hostJobs, ...jobRegistry(rooflineJob, passesJob, throughputJob) };

export type GpuJobs = JobsOf<typeof gpuJobs>;
