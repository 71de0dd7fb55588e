// The bench page's worker: what is measured runs here, with nothing else on its thread.

import { serveInWorker } from '../src/jobs/worker-transport.ts';
import { benchJobs } from './jobs.ts';

serveInWorker(benchJobs);
