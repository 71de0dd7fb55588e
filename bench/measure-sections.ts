// What `densenet bench` measures beside its rows: the roofline always, passes and kernels where they are asked for, of the
// workloads that got a number.

import type { JobClient } from '../src/jobs/define-job.ts';
import type { BenchJobs } from './all-jobs.ts';
import { planRequestOf } from './plan-request-of.ts';
import type { Row } from './report.ts';
import { planOf } from './sections/kernels/job.ts';
import type { PassesSection } from './sections/passes/schema.ts';
import { rooflineOf } from './sections/roofline/schema.ts';
import type { Sections } from './sections.ts';
import type { Workload } from './workloads.ts';

/** Seconds after which no further shape of a kernel is begun. */
const KERNEL_SECONDS = 120;

/** Features as f16 are another network's passes. */
const nameOf = ({ model, precision }: Pick<Workload, 'model' | 'precision'>): string =>
  precision === 'f32' ? model : `${model}, ${precision}`;

/** @throws what the host's jobs throw; the reason of `signal` is none: what there is by then is answered with */
export async function measureSections(
  client: JobClient<BenchJobs>,
  rows: readonly Row[],
  wanted: { readonly passes?: boolean; readonly kernels?: boolean },
  signal: AbortSignal,
  tell: (text: string) => void,
): Promise<Sections> {
  const done = rows.flatMap(({ workload, ...row }) =>
    row.status === 'done' ? [{ ...workload, batch: row.measurement.batch }] : [],
  );
  if (done.length === 0 || signal.aborted) return {};
  tell('the roofline: multiply-adds and bytes a second');
  const roofline = await client.run('roofline', {}, { signal });
  const known = rooflineOf(roofline);
  const against = known ? { roofline: known } : {};
  const passes: PassesSection[] = [];
  if (wanted.passes) {
    for (const { batch, ...workload } of done) {
      tell(`passes of ${workload.model}, ${workload.mode}, batch ${batch}`);
      const plan = planRequestOf(workload, batch);
      passes.push(await client.run('passes', { model: nameOf(workload), plan, ...against }, { signal }));
    }
  }
  if (!wanted.kernels) return { roofline, ...(passes.length > 0 && { passes }) };
  tell('tiles of the convolution kernels');
  const plans = done.map(({ model, mode, batch }) => planOf(model, mode, batch));
  const kernels = await client.run('kernels', { plans, seconds: KERNEL_SECONDS, ...against }, { signal });
  return { roofline, ...(passes.length > 0 && { passes }), kernels };
}
