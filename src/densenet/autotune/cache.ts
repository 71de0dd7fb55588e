// What the autotuner found on one GPU: the record as plain JSON, the tiles that follow from it, and the cache that keeps it
// from one run to the next. Choosing is pure, so that the same record gives the same plan: between two measured points each
// candidate's time is interpolated along the logarithm of the input channels; beyond them the nearest point counts. Cached
// text that is damaged, older or for another GPU is reported and ignored, never trusted.

import * as v from 'valibot';
import { isJsonObject, parseJson } from '../../data/json.ts';
import { list, number, type Schema, text as textOf, whole } from '../../data/schema.ts';
import packedF16Source from '../../runtime/packed-f16.wgsl?raw';
import { hashTexts } from '../../runtime/text-hash.ts';
import { lanes } from '../../shaders/parts/parts.ts';
import { tiledKernels } from '../../shaders/tiled-kernels.ts';
import type { TileChoice, TileConfig } from '../plan/tile-config.ts';
import { classKey, classOf, type ShapeClass } from './candidates.ts';

/** Grows when what is stored changes its meaning: older records are not read. */
export const AUTOTUNE_VERSION = 2;

/** A tile, and how fast it was. */
export type MeasuredCandidate = TileChoice & {
  /** Of one run; null where the candidate was rejected, and then `problem` says why. */
  readonly milliseconds: number | null;
  /** Why it was rejected. */
  readonly problem?: string;
};

/** What was measured at one number of input channels. */
export type AutotunedPoint = {
  /** Input channels. */
  readonly inputs: number;
  /** The default first. */
  readonly candidates: readonly MeasuredCandidate[];
};

/** A shape class (kernel, map size, channels) and what was measured of it. */
export type AutotunedClass = ShapeClass & {
  /** By input channels, ascending. */
  readonly points: readonly AutotunedPoint[];
};

/** What was measured on one GPU, as JSON that an `AutotuneCache` stores. */
export type AutotuneRecord = {
  /** Of the format; records of other versions are ignored. */
  readonly version: typeof AUTOTUNE_VERSION;
  /** Which GPU and which shaders: autotuneCacheKey. */
  readonly key: string;
  /** Measured shape classes. */
  readonly classes: readonly AutotunedClass[];
};

export const emptyAutotuneRecord = (key: string): AutotuneRecord => ({ version: AUTOTUNE_VERSION, key, classes: [] });

/** The classes of both; where both have one, the newer. */
export function mergeAutotuneRecords(old: AutotuneRecord, newer: readonly AutotunedClass[]): AutotuneRecord {
  const classes = new Map([...old.classes, ...newer].map((found) => [classKey(found), found]));
  return { ...old, classes: [...classes.values()] };
}

/** Another tile is chosen where its time is below this share of the default's: a smaller difference is noise. */
const WORTH_IT = 0.97;

/** The tiles that a record chooses; the defaults for classes that were not measured. */
export function tileConfigOf({ classes }: AutotuneRecord): TileConfig {
  const byKey = new Map(classes.map((found) => [classKey(found), found]));
  return {
    of: (kernel, size) => {
      const shape = classOf(kernel, size);
      const found = shape && byKey.get(classKey(shape));
      return found && bestOf(interpolate(found.points, shape.inputs));
    },
  };
}

/** The fastest candidate, or the first, the default, where none is clearly faster. */
export function bestOf(candidates: readonly MeasuredCandidate[]): TileChoice | undefined {
  const [first] = candidates;
  if (!first) return undefined;
  const time = ({ milliseconds }: MeasuredCandidate) => milliseconds ?? Number.POSITIVE_INFINITY;
  const best = candidates.reduce(
    (fastest, candidate) => (time(candidate) < time(fastest) ? candidate : fastest),
    first,
  );
  const { tile, splitK, subgroups } = time(best) < WORTH_IT * time(first) ? best : first;
  return { tile, splitK, ...(subgroups && { subgroups }) };
}

function interpolate(points: readonly AutotunedPoint[], inputs: number): readonly MeasuredCandidate[] {
  const after = points.find((point) => point.inputs >= inputs) ?? points.at(-1);
  const before = points.findLast((point) => point.inputs <= inputs) ?? points[0];
  if (!before || !after || before === after) return after?.candidates ?? [];
  const share = Math.log(inputs / before.inputs) / Math.log(after.inputs / before.inputs);
  const both = before.candidates.flatMap((low): MeasuredCandidate[] => {
    const high = after.candidates.find((one) => isSame(one, low));
    if (high === undefined || low.milliseconds === null || high.milliseconds === null) return [];
    return [{ ...low, milliseconds: low.milliseconds ** (1 - share) * high.milliseconds ** share }];
  });
  // Where the two points have too little in common, the nearer one.
  return both.length > 0 ? both : (share < 0.5 ? before : after).candidates;
}

/** Whether two choices are the same. */
export const isSame = (a: TileChoice, b: TileChoice): boolean =>
  a.tile === b.tile && a.splitK === b.splitK && (a.subgroups ?? false) === (b.subgroups ?? false);

/** Stores records as text, by key. It may lose them, and answers undefined then. */
export interface AutotuneCache {
  /** The text that was written under a key; undefined where there is none. */
  read(key: string): Promise<string | undefined>;
  /** Stores a text, in place of an earlier one. */
  write(key: string, text: string): Promise<void>;
}

/** The key of a record: adapter, driver, user agent, shaders and precision. */
export function autotuneCacheKey(adapter: GPUAdapterInfo, userAgent: string, precision = 'f32'): string {
  const { vendor, architecture, device, description } = adapter;
  return [vendor, architecture, device, description, userAgent, shaderHash(), precision].join('|');
}

let hash: string | undefined;

/** Of the WGSL of every kernel that has tiles, with its parts and what f16 storage adds, and of sums by subgroup operations. */
function shaderHash(): string {
  hash ??= hashTexts([
    packedF16Source,
    lanes.source,
    lanes.subgroups ?? '',
    ...tiledKernels().flatMap(({ id, source, parts }) => [
      ...[id, source],
      ...parts.flatMap((part) => [part.source, part.f16Source ?? '', part.unstaged?.source ?? '']),
    ]),
  ]);
  return hash;
}

/** The cached record of `key`, or an empty one and why. */
export function parseAutotuneRecord(
  text: string | undefined,
  key: string,
): { autotuneRecord: AutotuneRecord; problem?: string } {
  const nothing = (problem: string) => ({
    autotuneRecord: emptyAutotuneRecord(key),
    problem: `the cached autotune record ${problem}: ignored`,
  });
  if (text === undefined) return { autotuneRecord: emptyAutotuneRecord(key) };
  let found: unknown;
  try {
    found = parseJson(text, 'the cached autotune record');
  } catch (error) {
    return nothing(`cannot be read (${error instanceof Error ? error.message : error})`);
  }
  if (!isJsonObject(found)) return nothing('is not an object');
  if (found.version !== AUTOTUNE_VERSION) return nothing(`has version ${found.version}, not ${AUTOTUNE_VERSION}`);
  if (found.key !== key) return nothing('is for another GPU, driver or version of the shaders');
  const read = v.safeParse(list(classSchema), found.classes, { abortEarly: true });
  if (read.success) return { autotuneRecord: { version: AUTOTUNE_VERSION, key, classes: read.output } };
  const [place] = read.issues[0].path ?? [];
  return nothing(place ? `is damaged at class ${place.key}` : 'has no classes');
}

const candidateSchema: Schema<MeasuredCandidate> = v.object({
  tile: textOf(),
  splitK: number({ above: 0 }),
  subgroups: v.exactOptional(v.boolean()),
  milliseconds: v.nullable(number({ above: 0 })),
  problem: v.exactOptional(v.string()),
});
const pointSchema: Schema<AutotunedPoint> = v.object({
  inputs: number({ above: 0 }),
  candidates: list(candidateSchema),
});
const classSchema: Schema<AutotunedClass> = v.object({
  kernel: textOf(),
  map: textOf(),
  bucket: whole(0, Number.MAX_SAFE_INTEGER),
  outputs: whole(0, Number.MAX_SAFE_INTEGER),
  points: list(pointSchema),
});

const DATABASE = 'densenet-webgpu';
const STORE = 'tunings';

// The part of IndexedDB that is used, stated because the library is compiled without the DOM's types.
interface Request<T> {
  readonly result: T;
  readonly error: unknown;
  onsuccess: unknown;
  onerror: unknown;
}
interface OpenRequest extends Request<Database> {
  onupgradeneeded: unknown;
}
interface ObjectStore {
  get(key: string): Request<unknown>;
  put(value: string, key: string): Request<unknown>;
}
interface Database {
  createObjectStore(name: string): unknown;
  transaction(names: string, mode: 'readonly' | 'readwrite'): { objectStore(name: string): ObjectStore };
  close(): void;
}
/** What a page's or a worker's `indexedDB` is. */
export interface DatabaseFactory {
  /** @internal */
  open(name: string, version: number): OpenRequest;
}

/**
 * Caches autotune records in `factory`, a page's or a worker's `indexedDB`: one database, one store, one text per key. Where
 * the browser stores nothing (a private window, full storage) it rejects, and the autotuner goes on without the cache.
 */
export function indexedDbAutotuneCache(factory: DatabaseFactory): AutotuneCache {
  const use = async <T>(mode: 'readonly' | 'readwrite', run: (store: ObjectStore) => Request<T>): Promise<T> => {
    const opening = factory.open(DATABASE, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
    const database = await settled(opening);
    try {
      return await settled(run(database.transaction(STORE, mode).objectStore(STORE)));
    } finally {
      database.close();
    }
  };
  return {
    read: async (key) => {
      const text = await use('readonly', (store) => store.get(key));
      return typeof text === 'string' ? text : undefined;
    },
    write: async (key, text) => {
      await use('readwrite', (store) => store.put(text, key));
    },
  };
}

const settled = <T>(request: Request<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
