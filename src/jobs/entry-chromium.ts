// Started by the command line under chromium.

import { serveInPage } from './chromium.ts';
import { jobs } from './registry.ts';

await serveInPage(jobs);
