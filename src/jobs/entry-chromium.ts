// Started by the command line under chromium.

import { serveInPage } from './chromium.ts';
import { hostJobs } from './registry.ts';

await serveInPage(hostJobs);
