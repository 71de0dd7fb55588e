// Started by the tests under node.
import { serveUnderNode } from '../../src/jobs/node.ts';
import { jobs } from './jobs.ts';

await serveUnderNode(jobs);
