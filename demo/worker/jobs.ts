// What the worker does for the demo page, a file of jobs per area: one network that stays loaded and is worked with, and
// trainings and self-tests beside it, each on a device of its own.

import { jobRegistry } from '../../src/jobs/define-job.ts';
import { verifyJob } from '../../src/jobs/verify.ts';
import type { DemoNotice } from '../contract.ts';
import { imageJobs } from './images.ts';
import { insideJobs } from './inside.ts';
import { Loaded } from './loaded.ts';
import { networkJobs } from './network.ts';
import { trainJobs } from './train.ts';
import { whyJob } from './why.ts';

export function demoJobs(notify: (notice: DemoNotice) => void) {
  const loaded = new Loaded((reason) => notify({ kind: 'device-lost', reason }));
  return {
    ...networkJobs(loaded),
    ...insideJobs(loaded),
    ...imageJobs(loaded),
    ...trainJobs(loaded),
    ...jobRegistry(whyJob(loaded), verifyJob),
  };
}
