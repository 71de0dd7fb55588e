// A tuning kept from one run to the next: under which key, and how its text is read again. Where it lies is the host's
// affair (a store); text that is damaged, older or for something else is told of and ignored, never trusted.

import { parseJson } from '../../data/json.ts';
import halvesSource from '../../runtime/halves.wgsl?raw';
import { hashTexts } from '../../runtime/text-hash.ts';
import { catalogue } from '../../shaders/catalogue.ts';
import {
  type Candidate,
  emptyTuning,
  TUNING_VERSION,
  type TunedClass,
  type TunedPoint,
  type Tuning,
} from './tuning.ts';

/** Keeps texts by key. It may lose them; it may not fail for want of one. */
export interface TuningStore {
  read(key: string): Promise<string | undefined>;
  write(key: string, text: string): Promise<void>;
}

/** Of which adapter, driver and user agent, which shaders and which precision a tuning is. */
export function tuningKey(adapter: GPUAdapterInfo, agent: string, precision = 'f32'): string {
  const { vendor, architecture, device, description } = adapter;
  return [vendor, architecture, device, description, agent, shaderHash(), precision].join('|');
}

let hash: string | undefined;

/** Of the text of every kernel, parts and what is put in for halves included. */
function shaderHash(): string {
  hash ??= hashTexts([
    halvesSource,
    ...[...catalogue.values()].flatMap(({ id, source, parts }) => [
      ...[id, source],
      ...parts.flatMap((part) => [part.source, part.writesHalves ?? '']),
    ]),
  ]);
  return hash;
}

/** The stored tuning of `key`, or an empty one and why. */
export function parseTuning(text: string | undefined, key: string): { tuning: Tuning; problem?: string } {
  const nothing = (problem: string) => ({ tuning: emptyTuning(key), problem: `the kept tuning ${problem}: ignored` });
  if (text === undefined) return { tuning: emptyTuning(key) };
  let found: unknown;
  try {
    found = parseJson(text, 'the kept tuning');
  } catch (error) {
    return nothing(`cannot be read (${error instanceof Error ? error.message : error})`);
  }
  if (!isObject(found)) return nothing('is no object');
  if (found.version !== TUNING_VERSION) return nothing(`has version ${found.version}, not ${TUNING_VERSION}`);
  if (found.key !== key) return nothing('is for another GPU, driver or version of the shaders');
  const { classes } = found;
  if (!Array.isArray(classes)) return nothing('has no classes');
  const bad = classes.findIndex((entry) => !isClass(entry));
  if (bad >= 0) return nothing(`is damaged at class ${bad}`);
  return { tuning: { version: TUNING_VERSION, key, classes: classes as TunedClass[] } };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
const isCount = (value: unknown): boolean => typeof value === 'number' && Number.isInteger(value) && value >= 0;
const isPositive = (value: unknown): boolean => typeof value === 'number' && value > 0 && Number.isFinite(value);

const isCandidate = (value: unknown): value is Candidate =>
  isObject(value) &&
  typeof value.tiling === 'string' &&
  isPositive(value.splits) &&
  (value.milliseconds === null || isPositive(value.milliseconds));

const isPoint = (value: unknown): value is TunedPoint =>
  isObject(value) && isPositive(value.inputs) && Array.isArray(value.candidates) && value.candidates.every(isCandidate);

const isClass = (value: unknown): value is TunedClass =>
  isObject(value) &&
  typeof value.kernel === 'string' &&
  typeof value.map === 'string' &&
  isCount(value.bucket) &&
  isCount(value.outputs) &&
  Array.isArray(value.points) &&
  value.points.every(isPoint);
