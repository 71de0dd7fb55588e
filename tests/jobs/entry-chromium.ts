// Started by the tests under chromium.
import { serveInPage } from '../../src/jobs/host.ts';
import { testJobs } from './jobs.ts';

await serveInPage(testJobs);
