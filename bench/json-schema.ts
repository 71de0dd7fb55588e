// The report's schema as JSON Schema, for programs that read reports; made where it is needed, never kept. Definitions are
// what several places share.

import { toJsonSchema } from '@valibot/to-json-schema';
import type { GenericSchema } from 'valibot';
import { reportSchema } from './report.ts';
import { baselineCheckSchema, differenceSchema } from './sections/baselines/schema.ts';
import { clockSchema, missingSchema, rooflineSchema } from './sections/roofline/schema.ts';
import { checkGroupSchema } from './sections/throughput/schema.ts';
import { statisticsSchema } from './statistics.ts';

/** Beside the bench page. */
export const REPORT_SCHEMA_FILE = 'report-2.schema.json';

const DEFINITIONS = {
  statistics: statisticsSchema,
  checkGroup: checkGroupSchema,
  clock: clockSchema,
  missing: missingSchema,
  roofline: rooflineSchema,
  baselineCheck: baselineCheckSchema,
  difference: differenceSchema,
};

/** A schema of a report or of a part of one. @throws Error for what JSON Schema cannot say */
export const jsonSchemaOf = (schema: GenericSchema) =>
  toJsonSchema(schema, { target: 'draft-2020-12', typeMode: 'output', definitions: DEFINITIONS });

export const reportJsonSchema = () => ({
  ...jsonSchemaOf(reportSchema),
  $id: `https://densenet-webgpu.invalid/bench/${REPORT_SCHEMA_FILE}`,
});
