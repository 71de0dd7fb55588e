// A project as one file: a zip with the visitor's images in a folder per class, the network, and project.json, which has the
// classes, what was changed of the form, and the curves. Other programs open the same zip as a folder of images by class.
// Read as anything that comes from elsewhere: held to a schema and to its checksums, and nothing is taken from it by halves.

import { endingOf } from '../../src/data/image-names.ts';
import { isJsonObject, parseJson } from '../../src/data/json.ts';
import {
  anyValue,
  flag,
  list,
  nullable,
  number,
  type OutputOf,
  object,
  oneOf,
  optional,
  parse,
  text,
  transformed,
  whole,
} from '../../src/data/schema.ts';
import { type StoredEntry, storedZipParts } from '../../src/data/stored-zip.ts';
import { refuseOverlaps, type ZipEntry, zipEntries, zipReader } from '../../src/data/unzip.ts';
import { decodeUtf8, encodeUtf8 } from '../../src/data/utf8.ts';
import type { DenseNetConfig } from '../../src/densenet/config.ts';
import { configToJson, parseConfigJson } from '../../src/densenet/config-json.ts';
import { ConfigError, DataError } from '../../src/runtime/errors.ts';
import type { LoadRequest } from '../contract.ts';
import type { Example } from '../data/own-classes.ts';
import { POINT } from '../runs/saved-run.ts';
import { storageName } from '../storage/storage-error.ts';
import type { Form } from '../train/form.ts';
import { readFormChanges } from '../train/form-changes.ts';
import type { Progress } from '../train/progress.ts';

export interface Project {
  readonly name: string;
  readonly classes: readonly ProjectClass[];
  /** What was changed of the form's defaults. */
  readonly form: Partial<Form>;
  readonly network: ProjectNetwork | undefined;
  readonly run: ProjectRun | undefined;
}

export interface ProjectClass {
  readonly name: string;
  /** Whether it is trained on. */
  readonly included: boolean;
  readonly examples: readonly Pick<Example, 'name' | 'source' | 'part'>[];
}

export interface ProjectNetwork {
  readonly name: string;
  readonly weights: Blob;
  /** What was said of the weights beside them. */
  readonly request: Omit<LoadRequest, 'file'>;
}

/** The curves, and what they are of. */
export interface ProjectRun {
  readonly dataName: string;
  readonly started: number;
  readonly config: DenseNetConfig;
  readonly images: number;
  readonly progress: Progress;
}

const FORMAT = 'densenet-webgpu project';
const VERSION = 1;
const DESCRIPTION = 'project.json';
/** A browser has no more in one piece. */
const MOST_BYTES = 2e9;

const NAME = text(10_000);
const FILE = text(1000);
const COUNT = whole(0, 2 ** 53 - 1);
const KEPT = object({
  format: oneOf([FORMAT]),
  version: COUNT,
  name: NAME,
  classes: list(
    object({
      name: NAME,
      included: flag,
      images: list(
        object({
          file: FILE,
          name: NAME,
          type: text(100),
          part: optional<Example['part']>(oneOf(['training', 'validation']), undefined),
        }),
      ),
    }),
  ),
  form: transformed(anyValue, readFormChanges),
  network: nullable(
    object({
      file: FILE,
      name: NAME,
      /** Each of its fields is checked where it is loaded. */
      request: transformed(anyValue, (json): Omit<LoadRequest, 'file'> => (isJsonObject(json) ? json : {})),
    }),
  ),
  run: nullable(
    object({
      dataName: NAME,
      started: number({ min: 0 }),
      config: transformed(anyValue, parseConfigJson),
      images: COUNT,
      progress: object({ epochs: COUNT, points: list(POINT) }),
    }),
  ),
});
type Kept = OutputOf<typeof KEPT>;

/** @throws ConfigError for more images or bytes than a zip may have */
export async function writeProject({ name, classes, form, network, run }: Project): Promise<Blob> {
  const entries: StoredEntry[] = [];
  const folders = new Set<string>();
  const put = async (file: string, content: Blob) => {
    entries.push({ name: file, bytes: new Uint8Array(await content.arrayBuffer()) });
    return file;
  };
  const kept: unknown[] = [];
  for (const own of classes) {
    const folder = freeName(folders, storageName(own.name));
    const images: unknown[] = [];
    for (const [i, { name: called, source, part }] of own.examples.entries()) {
      const ending = endingOf(called) || ENDINGS[source.type] || '.png';
      const file = await put(`images/${folder}/${String(i + 1).padStart(4, '0')}${ending}`, source);
      images.push({ file, name: called, type: source.type, ...(part && { part }) });
    }
    kept.push({ name: own.name, included: own.included, images });
  }
  const weights = network && {
    name: network.name,
    request: network.request,
    file: await put(`network/${storageName(fileOf(network))}`, network.weights),
  };
  const description = {
    format: FORMAT,
    version: VERSION,
    name,
    classes: kept,
    form,
    network: weights ?? null,
    run: run ? { ...run, config: configToJson(run.config) } : null,
  };
  entries.unshift({ name: DESCRIPTION, bytes: encodeUtf8(JSON.stringify(description, undefined, 1)) });
  const parts = storedZipParts(entries, 'save fewer images in one project');
  const file = new Blob(parts as Uint8Array<ArrayBuffer>[], { type: 'application/zip' });
  if (file.size > MOST_BYTES)
    throw new ConfigError('bytes', file.size, `are more than the ${MOST_BYTES} of a project: save fewer images`);
  return file;
}

/**
 * @param file what errors call it
 * @throws DataError where it is damaged, no project, or of a later version
 */
export function readProject(bytes: Uint8Array<ArrayBuffer>, file: string): Project {
  const entries = zipEntries(bytes, file);
  refuseOverlaps(bytes, entries, file);
  const byName = new Map(entries.map((entry): [string, ZipEntry] => [entry.name, entry]));
  const read = zipReader(bytes, file, MOST_BYTES);
  const content = (name: string): Uint8Array => {
    const entry = byName.get(name);
    if (!entry) throw new DataError(file, 0, `has no ${JSON.stringify(name)}, which its ${DESCRIPTION} names`);
    return read(entry);
  };
  if (!byName.has(DESCRIPTION))
    throw new DataError(file, 0, `is a zip without ${DESCRIPTION}: no project that this page saved`);
  const { name, classes, form, network, run } = readDescription(content(DESCRIPTION), file);
  const blob = (of: string, type = '') => new Blob([content(of).slice()], { type });
  return {
    name,
    form,
    classes: classes.map(({ images, ...own }) => ({
      ...own,
      examples: images.map((image) => ({
        name: image.name,
        source: blob(image.file, image.type),
        part: image.part,
      })),
    })),
    network: network ? { name: network.name, request: network.request, weights: blob(network.file) } : undefined,
    run: run ?? undefined,
  };
}

/** @throws DataError where it is too large for a browser, or as `readProject` */
export async function openProject(file: File): Promise<Project> {
  if (file.size > MOST_BYTES)
    throw new DataError(file.name, 0, `has ${file.size} bytes; at most ${MOST_BYTES} are read`);
  return readProject(new Uint8Array(await file.arrayBuffer()), file.name);
}

function readDescription(bytes: Uint8Array, file: string): Kept {
  const called = `${file}: ${DESCRIPTION}`;
  const decoded = decodeUtf8(bytes);
  if (!('text' in decoded)) throw new DataError(called, decoded.invalidAt, 'damaged: not UTF-8');
  const json = parseJson(decoded.text, called);
  if (!isJsonObject(json) || json.format !== FORMAT)
    throw new DataError(called, 0, 'is not the description of a project that this page saved');
  if (typeof json.version === 'number' && json.version > VERSION)
    throw new DataError(
      called,
      0,
      `is of version ${json.version}; this page reads up to ${VERSION}: open a newer page`,
    );
  try {
    return parse(KEPT, json, 'project');
  } catch (cause) {
    if (!(cause instanceof ConfigError)) throw cause;
    throw new DataError(called, 0, cause.message, { cause });
  }
}

/** Of pictures that have no name with an ending, as those from the webcam. */
const ENDINGS: Readonly<Record<string, string>> = {
  'image/png': '.png',
  'image/jpeg': '.jpg',
  'image/webp': '.webp',
  'image/gif': '.gif',
};

const fileOf = ({ weights, name }: ProjectNetwork): string =>
  weights instanceof File && weights.name !== '' ? weights.name : `${name}.safetensors`;

/** The name, with a number where it is taken; file systems tell no case apart. */
function freeName(taken: Set<string>, name: string): string {
  for (let number = 1; ; number++) {
    const own = number === 1 ? name : `${name} (${number})`;
    if (taken.has(own.toLowerCase())) continue;
    taken.add(own.toLowerCase());
    return own;
  }
}
