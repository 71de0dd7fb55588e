// The report’s schema as programs read it, in JSON Schema: a second validator beside the page's own.

import { Ajv2020, type AnySchemaObject } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { GenericSchema } from 'valibot';
import { jsonSchemaOf, reportJsonSchema } from '../../bench/json-schema.ts';

const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });
// A CommonJS module whose function is its default export twice over.
formats.default(ajv);
const validateReport = ajv.compile(asText(reportJsonSchema()));

/** What is wrong with a report, in the validator's words. */
export const reportErrors = (report: unknown): string[] => errorsOf(validateReport, report);

/** What is wrong with a part of a report. */
export const sectionErrors = (schema: GenericSchema, section: unknown): string[] =>
  errorsOf(ajv.compile(asText(jsonSchemaOf(schema))), section);

/** As a program reads it from a file. */
function asText(schema: object): AnySchemaObject {
  return JSON.parse(JSON.stringify(schema));
}

function errorsOf(validate: ReturnType<typeof ajv.compile>, value: unknown): string[] {
  validate(value);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}
