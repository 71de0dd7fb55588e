// Started by the command line under deno.

import { serveUnderDeno } from './deno.ts';
import { jobs } from './registry.ts';

await serveUnderDeno(jobs);
