// Started by the command line under chromium.

import { serveInPage } from './chromium.ts';
import { jobs } from './jobs.ts';

await serveInPage(jobs);
