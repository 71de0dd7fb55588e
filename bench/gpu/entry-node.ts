// Started by main.ts under node: everything that is measured on a GPU without a page, and `verify`.

import { type JobsOf, jobRegistry } from '../../src/jobs/define-job.ts';
import { serveUnderNode } from '../../src/jobs/host-node.ts';
import { hostJobs } from '../../src/jobs/registry.ts';
import { kernelCasesJob } from '../../tests/jobs/kernel-cases.ts';
import { passesJob } from '../sections/passes/measure.ts';
import { rooflineJob } from '../sections/roofline/measure.ts';
import { throughputJob } from './throughput.ts';

const gpuJobs = { ...hostJobs, ...jobRegistry(rooflineJob, passesJob, throughputJob, kernelCasesJob) };

export type GpuJobs = JobsOf<typeof gpuJobs>;

await serveUnderNode(gpuJobs);
