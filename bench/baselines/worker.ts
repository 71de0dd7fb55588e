// A peer's worker: the page makes one a peer and ends it after each subject. It has the page's Content-Security-Policy,
// which lets ONNX Runtime compile its WebAssembly, and no library ask another server.

import { serveInWorker } from '../../src/jobs/worker-transport.ts';
import { baselineJobs } from './jobs.ts';

serveInWorker(baselineJobs);
