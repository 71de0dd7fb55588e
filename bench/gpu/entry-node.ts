// Started by main.ts under node: everything that is measured on a GPU without a page, and `verify`.

import { jobs } from '../../src/hosts/jobs.ts';
import { serveUnderNode } from '../../src/hosts/node.ts';
import { passesJobs } from '../passes/passes-jobs.ts';
import { roofJobs } from '../roof/roof-jobs.ts';
import { throughputJobs } from './throughput.ts';

await serveUnderNode({ ...jobs, ...roofJobs(), ...passesJobs(), ...throughputJobs() });
