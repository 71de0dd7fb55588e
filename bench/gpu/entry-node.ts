// Started by measure.ts under node: everything that is measured on a GPU without a page.

import { serveUnderNode } from '../../src/hosts/node.ts';
import { benchJobs } from '../jobs.ts';
import { passesJobs } from '../passes/passes-jobs.ts';
import { roofJobs } from '../roof/roof-jobs.ts';

await serveUnderNode({ ...benchJobs(), ...roofJobs(), ...passesJobs() });
