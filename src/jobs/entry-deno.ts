// Started by the command line under deno.

import { serveUnderDeno } from './deno.ts';
import { hostJobs } from './registry.ts';

await serveUnderDeno(hostJobs);
