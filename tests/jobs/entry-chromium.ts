// Started by the tests under chromium.
import { serveInPage } from '../../src/jobs/chromium.ts';
import { testJobs } from './jobs.ts';

await serveInPage(testJobs);
