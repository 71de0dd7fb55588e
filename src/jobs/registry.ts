// Every job that a host can be asked for, by name.
import { adapterJob } from './adapter.ts';
import { autotuneJob } from './autotune.ts';
import { compileJob } from './compile.ts';
import { explainJob } from './explain.ts';
import type { Jobs } from './job.ts';
import { predictJobs } from './predict.ts';
import { trainJob } from './train.ts';
import { verifyJob } from './verify.ts';

export const jobs: Jobs = {
  adapter: adapterJob,
  compile: compileJob,
  explain: explainJob,
  ...predictJobs(),
  train: trainJob,
  autotune: autotuneJob,
  verify: verifyJob,
};
