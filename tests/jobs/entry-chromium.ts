// Started by the tests under chromium.
import { serveInPage } from '../../src/jobs/chromium.ts';
import { jobs } from './jobs.ts';

await serveInPage(jobs);
