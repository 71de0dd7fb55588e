// Files that lie beside weights: a config.json (timm's, or any with the same keys; Hugging Face's `id2label`), and class
// names as text (one a line), as a JSON list, or as JSON by number: {"0": "tench"}, {"0": ["n01440764", "tench"]}, or
// turned around, {"tench": 0}. All of it is a stranger's: every key that is used is checked by name.

import { parseJson } from '../../data/json.ts';
import { INTERPOLATIONS, type Interpolation } from '../../data/resample.ts';
import { DataError } from '../../runtime/errors.ts';

export interface SideFile {
  readonly name: string;
  readonly text: string;
}

/** What a config.json says that matters here; undefined: not said. */
export interface ModelConfig {
  readonly file: string;
  readonly architecture: string | undefined;
  readonly globalPool: string | undefined;
  readonly classes: number | undefined;
  /** Channels, height, width. */
  readonly inputSize: readonly [number, number, number] | undefined;
  readonly cropFraction: number | undefined;
  readonly squash: boolean;
  readonly interpolation: Interpolation | undefined;
  readonly mean: readonly number[] | undefined;
  readonly std: readonly number[] | undefined;
  readonly classNames: readonly string[] | undefined;
  readonly multiLabel: boolean | undefined;
}

type Json = Readonly<Record<string, unknown>>;

const CONFIG_KEYS = ['architecture', 'architectures', 'pretrained_cfg', 'input_size', 'mean', 'id2label', 'crop_pct'];

/** Whether a file beside the weights is a configuration; else it is one of class names. */
export function isModelConfig({ text }: SideFile): boolean {
  try {
    const json: unknown = parseJson(text, 'config.json');
    return isObject(json) && CONFIG_KEYS.some((key) => Object.hasOwn(json, key));
  } catch {
    return false;
  }
}

/** @throws DataError naming the key whose value is not what it should be */
export function readModelConfig({ name: file, text }: SideFile): ModelConfig {
  const json = parseJson(text, file);
  if (!isObject(json)) throw new DataError(file, 0, 'is not a JSON object with the keys of a configuration');
  const outer = json;
  const inner = isObject(json.pretrained_cfg) ? json.pretrained_cfg : {};
  // timm writes them within `pretrained_cfg`, and wrote them beside it.
  const get = (key: string) => inner[key] ?? outer[key] ?? undefined;
  const check = <T>(key: string, holds: (value: unknown) => value is T, rule: string): T | undefined => {
    const value = get(key);
    if (value === undefined || holds(value)) return value;
    throw new DataError(file, 0, `"${key}" ${(JSON.stringify(value) ?? '').slice(0, 60)} must be ${rule}`);
  };
  const mode = check('crop_mode', isText, 'a text');
  if (mode !== undefined && mode !== 'center' && mode !== 'squash') {
    throw new DataError(file, 0, `"crop_mode" ${JSON.stringify(mode)} is not computed; center and squash are`);
  }
  const architecture = check('architecture', isText, 'a text') ?? firstOf(outer.architectures);
  const names = get('label_names') ?? outer.id2label;
  const classNames = Array.isArray(names) || isObject(names) ? namesOf(file, names) : undefined;
  return {
    file,
    architecture,
    globalPool: check('global_pool', isText, 'a text'),
    classes: check('num_classes', isCount, 'a whole number from 0 up') ?? classNames?.length,
    inputSize: check('input_size', isSize, 'three whole numbers: channels, height, width'),
    cropFraction: check('crop_pct', isFraction, 'a number above 0, at most 2'),
    squash: mode === 'squash',
    interpolation: check('interpolation', isInterpolation, `one of ${INTERPOLATIONS.join(', ')}`),
    mean: check('mean', isNumbers, 'a list of numbers'),
    std: check('std', isNumbers, 'a list of numbers'),
    classNames,
    multiLabel: typeof outer.problem_type === 'string' ? outer.problem_type.startsWith('multi_label') : undefined,
  };
}

/**
 * The class names in a file, in the order of their numbers.
 * @throws DataError where numbers are missing, or a name is none that can be printed
 */
export function readClassNames({ name: file, text }: SideFile): readonly string[] {
  const trimmed = text.replace(/^\uFEFF/, '').trim();
  if (/^[[{]/.test(trimmed)) return namesOf(file, parseJson(trimmed, file));
  const lines = trimmed.split(/\r\n|\n|\r/).map((line) => line.trim());
  // Lines that begin with their own number have it taken off.
  const numbered = lines.map((line, i) => new RegExp(`^${i}\\s*[:,\\t]\\s*(\\S.*)$`).exec(line)?.[1]);
  const names = numbered.every((line) => line !== undefined) ? numbered : lines;
  return checkNames(file, names);
}

function namesOf(file: string, json: unknown): readonly string[] {
  if (Array.isArray(json)) return checkNames(file, json.map(nameOf));
  if (!isObject(json)) throw new DataError(file, 0, 'holds no class names: a list or an object of them is expected');
  const entries = Object.entries(json);
  const turned = entries.every(([, value]) => typeof value === 'number');
  const byNumber = new Map(
    entries.map(([key, value]) => (turned ? [Number(value), key] : [Number(key), nameOf(value)])),
  );
  const names = entries.map((_, number) => {
    if (byNumber.has(number)) return byNumber.get(number);
    throw new DataError(file, 0, `names ${entries.length} classes, and none is number ${number}; they count from 0`);
  });
  return checkNames(file, names);
}

/** Keras gives a WordNet number and the name. */
const nameOf = (value: unknown): unknown => (Array.isArray(value) ? value.at(-1) : value);

function checkNames(file: string, names: readonly unknown[]): readonly string[] {
  const checked = names.map((name, number) => {
    // A name is printed as it is: one that moves a terminal's cursor is no name.
    if (typeof name === 'string' && name.length <= 200 && !/\p{Cc}/u.test(name)) return name;
    throw new DataError(file, 0, `class ${number} is not named by a printable text of at most 200 characters`);
  });
  if (checked.length === 0 || checked.every((name) => name === '')) throw new DataError(file, 0, 'names no class');
  return checked.map((name, number) => name || `class ${number}`);
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string';
const isCount = (value: unknown): value is number => Number.isInteger(value) && Number(value) >= 0;
const isFraction = (value: unknown): value is number => typeof value === 'number' && value > 0 && value <= 2;
const isNumbers = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((v) => typeof v === 'number' && Number.isFinite(v));
const isSize = (value: unknown): value is readonly [number, number, number] =>
  isNumbers(value) && value.length === 3 && value.every((v) => Number.isInteger(v) && v > 0 && v <= 16384);
const isInterpolation = (value: unknown): value is Interpolation => INTERPOLATIONS.some((name) => name === value);
const firstOf = (value: unknown) => (Array.isArray(value) && isText(value[0]) ? value[0] : undefined);
