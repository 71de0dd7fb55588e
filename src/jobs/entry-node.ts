// Started by the command line under node.

import { serveUnderNode } from './node.ts';
import { jobs } from './registry.ts';

await serveUnderNode(jobs);
