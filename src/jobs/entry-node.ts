// Started by the command line under node.

import { serveUnderNode } from './host-node.ts';
import { hostJobs } from './registry.ts';

await serveUnderNode(hostJobs);
