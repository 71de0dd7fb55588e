// Started by the command line under chromium.

import { serveInPage } from './host.ts';
import { hostJobs } from './registry.ts';

await serveInPage(hostJobs);
