// Started by the command line under deno, for the benchmark.

import { serveUnderDeno } from '../../src/jobs/host.ts';
import { benchJobs } from '../jobs.ts';

await serveUnderDeno(benchJobs());
