// The engine's worker: everything that computes runs here, so that the page itself never stutters.

import { serveInWorker } from '../../src/hosts/browser.ts';
import { demoJobs } from './jobs.ts';

serveInWorker(demoJobs);
