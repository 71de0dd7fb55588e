// Started by the command line under chromium, for the benchmark.

import { serveInPage } from '../../src/jobs/host.ts';
import { benchJobs } from '../jobs.ts';

await serveInPage(benchJobs());
