// A report from a file that anybody may have written: held against the schema before anything believes it. The validator
// interprets the schema and generates no code, which the page's Content-Security-Policy would refuse.

import { type Schema, Validator } from '@cfworker/json-schema';
import { parseJson } from '../src/data/json.ts';
import { DataError } from '../src/runtime/errors.ts';
import { type Report, SCHEMA } from './report.ts';
import schema from './report-2.schema.json';
import { SECTION_SCHEMAS } from './sections.ts';

const validator = new Validator(schema as Schema, '2020-12', false);
for (const [path, section] of Object.entries(SECTION_SCHEMAS)) {
  validator.addSchema({ ...section, $id: new URL(path, schema.$id).href });
}

/** @throws DataError saying where the text is no report, and what would be right */
export function readReport(text: string, file: string): Report {
  const json = parseJson(text, file);
  const named = typeof json === 'object' && json !== null && 'schema' in json ? json.schema : undefined;
  if (named !== SCHEMA) {
    throw new DataError(file, 0, `this is no benchmark report: its schema is ${JSON.stringify(named)}, not ${SCHEMA}`);
  }
  const { valid, errors } = validator.validate(json);
  if (valid) return json as Report;
  // The outer errors only say that something within is wrong.
  const depth = (location: string) => location.split('/').length;
  const [deepest] = errors.toSorted((a, b) => depth(b.instanceLocation) - depth(a.instanceLocation));
  throw new DataError(file, 0, `at ${deepest?.instanceLocation.replace('#', '') || '/'}: ${deepest?.error}`);
}
