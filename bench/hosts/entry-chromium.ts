// Started by the command line under chromium, for the benchmark.

import { serveInPage } from '../../src/jobs/host.ts';
import { allJobs } from '../all-jobs.ts';

await serveInPage(allJobs());
