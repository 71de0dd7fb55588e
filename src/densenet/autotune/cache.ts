// A tuning kept from one run to the next: under which key, and how its text is read again. Where it lies is the host's
// affair (a store); text that is damaged, older or for something else is told of and ignored, never trusted.

import { parseJson } from '../../data/json.ts';
import packedF16Source from '../../runtime/packed-f16.wgsl?raw';
import { hashTexts } from '../../runtime/text-hash.ts';
import { catalogue } from '../../shaders/catalogue.ts';
import {
  AUTOTUNE_VERSION,
  type AutotunedClass,
  type AutotunedPoint,
  type AutotuneRecord,
  type Candidate,
  emptyAutotuneRecord,
} from './autotune-record.ts';

/** Keeps texts by key. It may lose them; it may not fail for want of one. */
export interface AutotuneCache {
  /** The text that was written under a key; undefined where there is none. */
  read(key: string): Promise<string | undefined>;
  /** Stores a text, in place of an earlier one. */
  write(key: string, text: string): Promise<void>;
}

/** Of which adapter, driver and user agent, which shaders and which precision a tuning is. */
export function autotuneCacheKey(adapter: GPUAdapterInfo, userAgent: string, precision = 'f32'): string {
  const { vendor, architecture, device, description } = adapter;
  return [vendor, architecture, device, description, userAgent, shaderHash(), precision].join('|');
}

let hash: string | undefined;

/** Of the text of every kernel, parts and what is put in for f16 included. */
function shaderHash(): string {
  hash ??= hashTexts([
    packedF16Source,
    ...[...catalogue.values()].flatMap(({ id, source, parts }) => [
      ...[id, source],
      ...parts.flatMap((part) => [part.source, part.f16Source ?? '']),
    ]),
  ]);
  return hash;
}

/** The stored tuning of `key`, or an empty one and why. */
export function parseAutotuneRecord(
  text: string | undefined,
  key: string,
): { autotuneRecord: AutotuneRecord; problem?: string } {
  const nothing = (problem: string) => ({
    autotuneRecord: emptyAutotuneRecord(key),
    problem: `the kept tuning ${problem}: ignored`,
  });
  if (text === undefined) return { autotuneRecord: emptyAutotuneRecord(key) };
  let found: unknown;
  try {
    found = parseJson(text, 'the kept tuning');
  } catch (error) {
    return nothing(`cannot be read (${error instanceof Error ? error.message : error})`);
  }
  if (!isObject(found)) return nothing('is no object');
  if (found.version !== AUTOTUNE_VERSION) return nothing(`has version ${found.version}, not ${AUTOTUNE_VERSION}`);
  if (found.key !== key) return nothing('is for another GPU, driver or version of the shaders');
  const { classes } = found;
  if (!Array.isArray(classes)) return nothing('has no classes');
  const bad = classes.findIndex((entry) => !isClass(entry));
  if (bad >= 0) return nothing(`is damaged at class ${bad}`);
  return { autotuneRecord: { version: AUTOTUNE_VERSION, key, classes: classes as AutotunedClass[] } };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
const isCount = (value: unknown): boolean => typeof value === 'number' && Number.isInteger(value) && value >= 0;
const isPositive = (value: unknown): boolean => typeof value === 'number' && value > 0 && Number.isFinite(value);

const isCandidate = (value: unknown): value is Candidate =>
  isObject(value) &&
  typeof value.tile === 'string' &&
  isPositive(value.splitK) &&
  (value.milliseconds === null || isPositive(value.milliseconds));

const isPoint = (value: unknown): value is AutotunedPoint =>
  isObject(value) && isPositive(value.inputs) && Array.isArray(value.candidates) && value.candidates.every(isCandidate);

const isClass = (value: unknown): value is AutotunedClass =>
  isObject(value) &&
  typeof value.kernel === 'string' &&
  typeof value.map === 'string' &&
  isCount(value.bucket) &&
  isCount(value.outputs) &&
  Array.isArray(value.points) &&
  value.points.every(isPoint);
