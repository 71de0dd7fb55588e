// The hosts' jobs and those that only tests ask for.
import type { Jobs } from '../../src/hosts/job.ts';
import { jobs as productJobs } from '../../src/hosts/jobs.ts';
import { compilePresets } from './compile-presets.ts';
import { kernelCasesJob } from './kernel-cases.ts';
import { misbehave } from './misbehave.ts';

export const jobs: Jobs = { ...productJobs, ...misbehave, ...kernelCasesJob, ...compilePresets };
