// Every job that a host can be asked for.
import { adapterJob } from './adapter.ts';
import { autotuneJob } from './autotune.ts';
import { compileJob } from './compile.ts';
import { type JobsOf, jobRegistry } from './define-job.ts';
import { explainJobs } from './explain.ts';
import { lrFindJob } from './lr-find.ts';
import { predictJobs } from './predict.ts';
import { previewJob } from './preview.ts';
import { trainJob } from './train.ts';
import { verifyJob } from './verify.ts';

export const hostJobs = {
  ...jobRegistry(adapterJob, compileJob, previewJob, lrFindJob, trainJob, autotuneJob, verifyJob),
  ...explainJobs(),
  ...predictJobs(),
};

export type HostJobs = JobsOf<typeof hostJobs>;
