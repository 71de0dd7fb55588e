// Started by the command line under deno, for the benchmark.

import { serveUnderDeno } from '../../src/jobs/host.ts';
import { allJobs } from '../all-jobs.ts';

await serveUnderDeno(allJobs());
