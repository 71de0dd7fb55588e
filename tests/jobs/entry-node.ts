// Started by the tests under node.
import { serveUnderNode } from '../../src/jobs/host-node.ts';
import { testJobs } from './jobs.ts';

await serveUnderNode(testJobs);
