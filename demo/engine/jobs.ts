// What the worker does for the demo page, a file of jobs an area: one network that stays loaded and is worked with, and
// trainings and self-tests beside it, each on a device of its own.

import type { Notify } from '../../src/jobs/browser.ts';
import type { Jobs } from '../../src/jobs/job.ts';
import { verifyJob } from '../../src/jobs/verify.ts';
import { imageJobs } from '../images/image-jobs.ts';
import { logitsJobs } from '../network/logits-job.ts';
import { classifyJobs } from './classify-jobs.ts';
import { insideJobs } from './inside-jobs.ts';
import { Loaded } from './loaded.ts';
import { networkJobs } from './network-jobs.ts';
import { LOST } from './protocol.ts';
import { trainJobs } from './train-jobs.ts';
import { whyJobs } from './why-jobs.ts';

export function demoJobs(notify: Notify): Jobs {
  const loaded = new Loaded((reason) => notify({ kind: LOST, reason }));
  return {
    ...networkJobs(loaded),
    ...logitsJobs(loaded),
    ...classifyJobs(loaded),
    ...insideJobs(loaded),
    ...imageJobs(loaded),
    ...trainJobs(loaded),
    ...whyJobs(loaded),
    verify: verifyJob,
  };
}
