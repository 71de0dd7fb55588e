// DICOM files as pictures, by a worker of their own that starts with the first of them. Loaded on demand; what the page has already is
// handed in, so that nothing of it is split off.

import type { Refusal } from '../../src/browser/refusal.ts';
import type { JobClient, JobsOf } from '../../src/jobs/define-job.ts';
import type { openWorker } from '../../src/jobs/worker-transport.ts';
import type { openBoundWorker } from '../../ui/bound-worker.ts';
import type { DicomAnswer, DicomRequest, dicomJobs } from './dicom-worker.ts';
import script from './dicom-worker.ts?worker&url';

type DicomJobs = JobsOf<ReturnType<typeof dicomJobs>>;

/** How the page makes workers. */
export interface Opening {
  readonly openWorker: typeof openWorker;
  readonly openBoundWorker: typeof openBoundWorker;
}

let client: JobClient<DicomJobs> | undefined;

/** A file's picture as a BMP through a window, and what was seen of it; or why there is none. */
export async function asPicture(
  request: DicomRequest,
  { openWorker, openBoundWorker }: Opening,
): Promise<DicomAnswer | Refusal> {
  client ??= openWorker<DicomJobs>(
    openBoundWorker(script, 'DICOM'),
    () => undefined,
    // A worker that died answers nothing more: the next file starts another.
    () => {
      client = undefined;
    },
  ).client;
  try {
    return await client.run('read-dicom', request);
  } catch (error) {
    return { kind: 'failed', detail: error instanceof Error ? error.message : String(error) };
  }
}
