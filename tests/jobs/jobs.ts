// The hosts' jobs and those that only tests ask for.
import type { Jobs } from '../../src/hosts/job.ts';
import { jobs as productJobs } from '../../src/hosts/jobs.ts';
import { allocations } from './allocations.ts';
import { benchProofs } from './bench-proofs.ts';
import { classActivation } from './class-activation.ts';
import { compilePresets } from './compile-presets.ts';
import { deviceLoss } from './device-loss.ts';
import { dropout } from './dropout.ts';
import { goldenModes } from './golden-modes.ts';
import { kernelCasesJob } from './kernel-cases.ts';
import { microBatches } from './micro-batches.ts';
import { misbehave } from './misbehave.ts';
import { repeatable } from './repeatable.ts';

export const jobs: Jobs = {
  ...productJobs,
  ...misbehave,
  ...kernelCasesJob,
  ...compilePresets,
  ...goldenModes,
  ...allocations,
  ...repeatable,
  ...deviceLoss,
  ...microBatches,
  ...dropout,
  ...classActivation,
  ...benchProofs,
};
