// Started by main.ts under node: everything that is measured on a GPU without a page, and `verify`.

import { serveUnderNode } from '../../src/jobs/host-node.ts';
import { gpuJobs } from './gpu-jobs.ts';

await serveUnderNode(gpuJobs);
