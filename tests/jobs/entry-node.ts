// Started by the tests under node.
import { serveUnderNode } from '../../src/hosts/node.ts';
import { jobs } from './jobs.ts';

await serveUnderNode(jobs);
