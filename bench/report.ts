// A whole run as JSON: what was measured, on what, and how right it was. The number in the schema's name grows when a
// reader would have to change. A report from a file is checked before anything believes it.

import * as v from 'valibot';
import { parseJson } from '../src/data/json.ts';
import type { HostName } from '../src/jobs/define-job.ts';
import { DataError } from '../src/runtime/errors.ts';
import { samplingSchema } from './sampling.ts';
import { described, record, type Value } from './schema.ts';
import { checkReportSchema, rowSchema } from './sections/throughput/schema.ts';
import { SECTION_SCHEMAS } from './sections.ts';

export const SCHEMA = 'densenet-webgpu/bench/2';

const HOST_NAMES = ['browser', 'chromium', 'node', 'deno'] as const satisfies readonly HostName[];

/** As src/jobs/adapter.ts reports it. */
const adapterSchema = v.strictObject({
  name: v.string(),
  software: v.boolean(),
  vendor: v.string(),
  architecture: v.string(),
  device: v.string(),
  description: v.string(),
  features: v.array(v.string()),
  limits: record(v.number()),
});

const environmentFields = {
  host: v.picklist(HOST_NAMES),
  /** The browser's or runtime's own words. */
  userAgent: v.string(),
  adapter: v.nullable(adapterSchema),
  /** What the browser or Dawn was started with, where the command line started it. */
  flags: v.optional(
    described(
      v.array(v.string()),
      'What the browser, or Dawn under Node.js, was started with; left out: however the visitor started the browser.',
    ),
  ),
  /** This library's, and those of packages that took part, by name. */
  versions: described(v.objectWithRest({ 'densenet-webgpu': v.string() }, v.string()), 'By package.'),
  /** Of the sources; `unknown` where they lie in no checkout. */
  commit: described(v.pipe(v.string(), v.regex(/^([0-9a-f]{40}|unknown)$/)), 'Of the sources, or unknown.'),
};

const environmentSchema = v.strictObject(environmentFields);
export type Environment = Value<typeof environmentSchema>;

export const reportSchema = v.pipe(
  v.strictObject({
    schema: v.literal(SCHEMA),
    /** ISO 8601, UTC. */
    date: v.pipe(v.string(), v.isoTimestamp()),
    ...environmentFields,
    effort: samplingSchema,
    checks: v.array(checkReportSchema),
    rows: v.array(rowSchema),
    ...SECTION_SCHEMAS,
  }),
  v.title('A benchmark report of densenet-webgpu'),
);
export type Report = Value<typeof reportSchema>;

/** The parts of a report beside its rows; each is left out where it was not measured. */
export type Sections = Pick<Report, keyof typeof SECTION_SCHEMAS>;

export function makeReport(
  environment: Environment,
  run: Pick<Report, 'effort' | 'checks' | 'rows'>,
  sections: Sections = {},
): Report {
  return { schema: SCHEMA, date: new Date().toISOString(), ...environment, ...run, ...sections };
}

/** How the browser or Dawn was started, in words: part of every figure. */
export const flagsText = ({ flags }: Pick<Environment, 'flags'>): string =>
  flags === undefined ? 'started as its visitor had it' : `started with ${flags.join(' ') || 'no flags'}`;

/** @throws DataError saying where the text is no report, and what would be right */
export function readReport(text: string, file: string): Report {
  const json = parseJson(text, file);
  const named = typeof json === 'object' && json !== null && 'schema' in json ? json.schema : undefined;
  if (named !== SCHEMA) {
    throw new DataError(file, 0, `this is no benchmark report: its schema is ${JSON.stringify(named)}, not ${SCHEMA}`);
  }
  const found = v.safeParse(reportSchema, json);
  if (found.success) return found.output;
  throw new DataError(file, 0, describeIssue(found.issues[0]));
}

type Path = readonly { readonly key?: unknown }[];
interface Issue {
  readonly message: string;
  readonly path?: Path | undefined;
  /** Where several schemas might have fit: what is wrong by each of them. */
  readonly issues?: readonly Issue[] | undefined;
}

/** The deepest of an issue's own: the outer ones only say that something within is wrong. */
function describeIssue(issue: Issue, above: Path = []): string {
  const path = [...above, ...(issue.path ?? [])];
  const inner = issue.issues?.toSorted((a, b) => (b.path?.length ?? 0) - (a.path?.length ?? 0))[0];
  if (inner) return describeIssue(inner, path);
  return `at ${path.map(({ key }) => `/${String(key)}`).join('') || '/'}: ${issue.message}`;
}
