// Started by the command line under node, for the benchmark.

import { serveUnderNode } from '../../src/hosts/node.ts';
import { allJobs } from '../all-jobs.ts';

await serveUnderNode(allJobs());
