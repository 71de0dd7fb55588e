// Started by the tests under deno.
import { serveUnderDeno } from '../../src/jobs/deno.ts';
import { jobs } from './jobs.ts';

await serveUnderDeno(jobs);
