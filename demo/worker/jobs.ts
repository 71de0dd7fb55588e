// What the worker does for the demo page, a file of jobs per area: one network that stays loaded and is worked with, and
// trainings and self-tests beside it, each on a device of its own. What a first visit does not need is loaded when it is asked
// for, from files of its own.

import { type Job, jobRegistry } from '../../src/jobs/define-job.ts';
import type { DemoNotice } from '../contract.ts';
import { imageJobs } from './images.ts';
import { insideJobs } from './inside.ts';
import { Loaded } from './loaded.ts';
import { networkJobs } from './network.ts';
import { whyJob } from './why.ts';

export function demoJobs(notify: (notice: DemoNotice) => void) {
  const loaded = new Loaded((reason) => notify({ kind: 'device-lost', reason }));
  const training = async () => (await import('./train.ts')).trainJobs(loaded);
  return {
    ...networkJobs(loaded),
    ...insideJobs(loaded),
    ...imageJobs(loaded),
    ...jobRegistry(
      whyJob(loaded),
      loadedLater('plan', async () => (await training()).plan),
      loadedLater('rate', async () => (await training()).rate),
      loadedLater('train', async () => (await training()).train),
      loadedLater('verify', async () => (await import('../../src/jobs/verify.ts')).verifyJob),
    ),
  };
}

/** A job whose code is loaded when it is first asked for. */
const loadedLater = <Name extends string, Request, Answer, Event, Question, Reply>(
  name: Name,
  load: () => Promise<Job<Name, Request, Answer, Event, Question, Reply>>,
): Job<Name, Request, Answer, Event, Question, Reply> => ({
  name,
  run: async (request, context) => (await load()).run(request, context),
});
