// Started by main.ts under node: everything that is measured on a GPU without a page, and `verify`.

import { serveUnderNode } from '../../src/jobs/node.ts';
import { jobs } from '../../src/jobs/registry.ts';
import { passesJobs } from '../passes/passes-jobs.ts';
import { rooflineJobs } from '../roofline/roofline-jobs.ts';
import { throughputJobs } from './throughput.ts';

await serveUnderNode({ ...jobs, ...rooflineJobs(), ...passesJobs(), ...throughputJobs() });
