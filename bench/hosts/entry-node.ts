// Started by the command line under node, for the benchmark.

import { serveUnderNode } from '../../src/jobs/host-node.ts';
import { allJobs } from '../all-jobs.ts';

await serveUnderNode(allJobs());
