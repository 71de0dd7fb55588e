// A library's worker: the page makes one per library and ends it after each workload. It has the page's Content-Security-Policy,
// which lets ONNX Runtime compile its WebAssembly, and no library ask another server.

import { serveInWorker } from '../../src/jobs/worker-transport.ts';
import { baselineJobs } from './jobs.ts';

serveInWorker(baselineJobs);
