// What the command line uses of the benchmark, and the only file of it that cli imports: which workloads there are, a whole
// report measured on a host, the same in words, and the comparison with other libraries that the page makes.

import type { JobClient } from '../src/jobs/define-job.ts';
import type { BenchJobs } from './jobs.ts';
import { planRequestOf } from './plans.ts';
import { type Environment, flagsText, makeReport, type Report, type Sections } from './report.ts';
import { Benchmark, type Progress } from './run.ts';
import type { SamplingOptions } from './sampling.ts';
import { baselinesAsText } from './sections/baselines/text.ts';
import { planOf } from './sections/kernels/measure.ts';
import { kernelsAsText } from './sections/kernels/text.ts';
import type { PassesSection } from './sections/passes/schema.ts';
import { passesAsText } from './sections/passes/text.ts';
import { rooflineOf } from './sections/roofline/schema.ts';
import { rooflineAsText } from './sections/roofline/text.ts';
import type { CheckReport, Row } from './sections/throughput/schema.ts';
import { checkLine, rowsAsText } from './sections/throughput/text.ts';
import type { SectionName } from './sections.ts';
import { VERSIONS } from './versions.ts';
import { modelOf, type Workload } from './workloads.ts';

export { parseBaselines } from './baselines/baseline.ts';
export { parseBaselineWorkloads } from './baselines/workloads.ts';
export type { BenchJobs } from './jobs.ts';
export { type Report, SCHEMA } from './report.ts';
export type { Progress } from './run.ts';
export { FULL_SAMPLING, type SamplingOptions } from './sampling.ts';
export type { BaselinesSection } from './sections/baselines/schema.ts';
export type { Row } from './sections/throughput/schema.ts';
export {
  combinations,
  MODES,
  modelOf,
  parseBatch,
  SETS,
  SHORT_SET,
  type Workload,
  workloadName,
  workloadsNamed,
} from './workloads.ts';

export interface MeasureReportOptions {
  readonly sampling: SamplingOptions;
  /** Sections that are measured only where they are asked for, of the workloads that got a number. */
  readonly passes?: boolean | undefined;
  readonly kernels?: boolean | undefined;
  /** Where this runs; the versions are the benchmark's own. */
  readonly environment: Pick<Environment, 'adapter' | 'commit' | 'flags'>;
  /** The bytes of a file of tests/golden, fresh ones each time. */
  readonly loadGolden: (file: string) => Promise<Uint8Array>;
  /** What there is when it is aborted is the report. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
  /** A check's verdict, or what is measured now. */
  readonly onLine: (text: string) => void;
}

/** Every workload as a row, and the roofline that they are compared with. @throws what the host's jobs throw */
export async function measureReport(
  client: JobClient<BenchJobs>,
  workloads: readonly Workload[],
  options: MeasureReportOptions,
): Promise<Report> {
  const { sampling, environment, loadGolden, signal, onProgress, onLine } = options;
  const host = await client.run('host');
  const checks: CheckReport[] = [];
  const rows: Row[] = [];
  await new Benchmark(performance.timeOrigin).run(workloads, {
    client,
    loadGolden,
    sampling,
    signal,
    onProgress,
    onCheck: (report) => {
      checks.push(report);
      onLine(checkLine(report));
    },
    onRow: (row) => rows.push(row),
  });
  const sections = await measureSections(client, rows, options);
  return makeReport({ ...host, ...environment, versions: VERSIONS }, { effort: sampling, checks, rows }, sections);
}

/** Seconds after which no further shape of a kernel is begun. */
const KERNEL_SECONDS = 120;

/** Features as f16 are another network's passes. */
const planName = ({ model, precision }: Pick<Workload, 'model' | 'precision'>): string =>
  precision === 'f32' ? model : `${model}, ${precision}`;

async function measureSections(
  client: JobClient<BenchJobs>,
  rows: readonly Row[],
  wanted: Pick<MeasureReportOptions, 'passes' | 'kernels' | 'signal' | 'onLine'>,
): Promise<Sections> {
  const { signal, onLine } = wanted;
  const done = rows.flatMap((row) =>
    row.status === 'done'
      ? [{ ...row.workload, model: modelOf(row.workload.model), batch: row.measurement.batch }]
      : [],
  );
  if (done.length === 0 || signal.aborted) return {};
  onLine('the roofline: multiply-adds and bytes per second');
  const roofline = await client.run('roofline', {}, { signal });
  const known = rooflineOf(roofline);
  const against = known ? { roofline: known } : {};
  const passes: PassesSection[] = [];
  if (wanted.passes) {
    for (const { batch, ...workload } of done) {
      onLine(`passes of ${workload.model}, ${workload.mode}, batch ${batch}`);
      const plan = planRequestOf(workload, batch);
      passes.push(await client.run('passes', { model: planName(workload), plan, ...against }, { signal }));
    }
  }
  if (!wanted.kernels) return { roofline, ...(passes.length > 0 && { passes }) };
  onLine('tiles of the convolution kernels');
  const plans = done.map(({ model, mode, batch }) => planOf(model, mode, batch));
  const kernels = await client.run('kernels', { plans, seconds: KERNEL_SECONDS, ...against }, { signal });
  return { roofline, ...(passes.length > 0 && { passes }), kernels };
}

/** A section for people. */
const SECTION_TEXTS: { readonly [Name in SectionName]: (section: NonNullable<Sections[Name]>) => string } = {
  roofline: rooflineAsText,
  passes: (sections) => sections.map((section) => passesAsText(section)).join('\n\n'),
  kernels: kernelsAsText,
  peers: baselinesAsText,
};

/** A whole report for people. */
export function reportText(report: Report): string {
  const rows = rowsAsText(report.rows, report.roofline && rooflineOf(report.roofline));
  const textOf = <Name extends SectionName>(name: Name) => {
    const section = report[name];
    return section === undefined ? '' : SECTION_TEXTS[name](section);
  };
  const names = Object.keys(SECTION_TEXTS) as SectionName[];
  const where = `${report.userAgent}; ${flagsText(report)}`;
  return [rows, ...names.map(textOf), where].filter((text) => text !== '').join('\n\n');
}
