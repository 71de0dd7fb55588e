// Started by the command line under node, for the benchmark.

import { serveUnderNode } from '../../src/jobs/host-node.ts';
import { benchJobs } from '../jobs.ts';

await serveUnderNode(benchJobs());
