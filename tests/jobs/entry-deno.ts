// Started by the tests under deno.
import { serveUnderDeno } from '../../src/jobs/host.ts';
import { testJobs } from './jobs.ts';

await serveUnderDeno(testJobs);
