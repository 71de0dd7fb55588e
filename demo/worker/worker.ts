// The engine's worker: everything that computes runs here, so that the page itself never stutters.

import '../own-server-only.ts';
import { serveInWorker } from '../../src/jobs/worker-transport.ts';
import { demoJobs } from './jobs.ts';

serveInWorker(demoJobs);
