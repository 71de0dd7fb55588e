// A peer's worker: the page makes one a peer and ends it after each subject.

import { serveInWorker } from '../../src/hosts/browser.ts';
import { peerJobs } from './jobs.ts';

serveInWorker(peerJobs);
