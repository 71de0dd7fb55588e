// A Chromium page as a host, opened by the command line from its own local server, which makes it a secure context.
import { NoGpuError } from '../runtime/errors.ts';
import type { AnyJob } from './define-job.ts';
import { serveJobs } from './http-host.ts';

/** Serves `jobs` until the command line closes the browser. */
export const serveInPage = (jobs: Readonly<Record<string, AnyJob>>): Promise<void> =>
  serveJobs({
    host: 'chromium',
    gpu: async () => {
      if (navigator.gpu) return navigator.gpu;
      throw new NoGpuError('this browser has no navigator.gpu');
    },
    jobs,
    url: new URL('./', location.href).href,
    end: () => window.close(),
  });
