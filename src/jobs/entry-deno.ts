// Started by the command line under deno.

import { serveUnderDeno } from './host.ts';
import { hostJobs } from './registry.ts';

await serveUnderDeno(hostJobs);
