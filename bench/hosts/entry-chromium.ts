// Started by the command line under chromium, for the benchmark.

import { serveInPage } from '../../src/jobs/chromium.ts';
import { benchJobs } from '../jobs.ts';

await serveInPage(benchJobs());
