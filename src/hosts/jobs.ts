// Every job that a host can be asked for, by name.
import { adapterJob } from './adapter.ts';
import type { Jobs } from './job.ts';
import { compileJob } from './jobs/compile.ts';
import { explainJob } from './jobs/explain.ts';
import { predictJobs } from './jobs/predict.ts';
import { trainJob } from './jobs/train.ts';
import { tuneJob } from './jobs/tune.ts';
import { verifyJob } from './jobs/verify.ts';

export const jobs: Jobs = {
  adapter: adapterJob,
  compile: compileJob,
  explain: explainJob,
  ...predictJobs(),
  train: trainJob,
  tune: tuneJob,
  verify: verifyJob,
};
