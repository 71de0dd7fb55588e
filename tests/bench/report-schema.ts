// The report’s schema as a validator reads it that the page does not use.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { SECTION_SCHEMAS } from '../../bench/sections.ts';
import { packageRoot } from '../../cli/host/package-root.ts';

const read = (file: string) => JSON.parse(readFileSync(join(packageRoot, 'bench', file), 'utf8'));
const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });
// A CommonJS module whose function is its default export twice over.
formats.default(ajv);
const schema = read('report-2.schema.json');
for (const path of Object.keys(SECTION_SCHEMAS)) ajv.addSchema(read(path), new URL(path, schema.$id).href);
const validate = ajv.compile(schema);

/** What is wrong with a report, in the validator's words. */
export function reportErrors(report: unknown): string[] {
  validate(report);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}
