// The engine's worker: everything that computes runs here, so that the page itself never stutters.

import '../../src/hosts/own-server-only.ts';
import { serveInWorker } from '../../src/hosts/browser.ts';
import { demoJobs } from './jobs.ts';

serveInWorker(demoJobs);
