// Started by the tests under chromium.
import { serveInPage } from '../../src/hosts/chromium.ts';
import { jobs } from './jobs.ts';

await serveInPage(jobs);
