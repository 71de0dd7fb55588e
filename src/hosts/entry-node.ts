// Started by the command line under node.
import { jobs } from './jobs.ts';
import { serveUnderNode } from './node.ts';

await serveUnderNode(jobs);
