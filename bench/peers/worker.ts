// A peer's worker: the page makes one a peer and ends it after each subject. The page's Content-Security-Policy stays as
// it is, since a worker has its own response's: ONNX Runtime may compile its WebAssembly here, and not in the page. Every
// file a peer loads is the page's own all the same, which a test holds.

import { serveInWorker } from '../../src/hosts/browser.ts';
import { peerJobs } from './jobs.ts';

serveInWorker(peerJobs);
