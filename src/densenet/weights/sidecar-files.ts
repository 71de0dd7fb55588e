// A configuration that lies beside weights: timm's config.json (or any with the same keys), Hugging Face's config.json with its
// `id2label`, and its preprocessor_config.json. All of it is a stranger's: every key that is used is checked by name, and a
// file of which no key is known is refused.

import { parseJson } from '../../data/json.ts';
import { INTERPOLATIONS, type Interpolation } from '../../data/resample.ts';
import { DataError } from '../../runtime/errors.ts';
import type { Resizing } from '../train/checkpoint.ts';
import { checkNames, namesIn } from './class-names.ts';
import { type CheckKey, PREPROCESSOR_KEYS, readPreprocessor } from './preprocessor-config.ts';

/** A small text file beside the weights: config.json, class names. */
export interface SidecarFile {
  /** What errors call it. */
  readonly name: string;
  /** Its content. */
  readonly text: string;
}

/** What a config.json says that matters here; undefined: not said. */
export interface ModelConfig {
  readonly file: string;
  readonly architecture: string | undefined;
  readonly globalPool: string | undefined;
  readonly classes: number | undefined;
  readonly channels: number | undefined;
  readonly size: { readonly height: number; readonly width: number } | undefined;
  /** What Hugging Face's processors do to an image's size; undefined: timm's rule counts. */
  readonly resizing: Resizing | undefined;
  readonly cropFraction: number | undefined;
  readonly cropMode: CropMode;
  readonly interpolation: Interpolation | undefined;
  /** Of pixels in [0, 1]; a single number is that of every channel. */
  readonly mean: readonly number[] | undefined;
  readonly std: readonly number[] | undefined;
  readonly classNames: readonly string[] | undefined;
  readonly multiLabel: boolean | undefined;
  readonly batchNormEpsilon: number | undefined;
}

type Json = Readonly<Record<string, unknown>>;

export const CROP_MODES = ['center', 'squash', 'border'] as const;
export type CropMode = (typeof CROP_MODES)[number];

const EPSILON_KEYS = ['batch_norm_epsilon', 'batch_norm_eps', 'bn_eps', 'norm_eps'];
/** What makes a JSON file one of these. */
const CONFIG_KEYS = [
  ...[
    'architecture',
    'architectures',
    'pretrained_cfg',
    'input_size',
    'mean',
    'std',
    'id2label',
    'crop_pct',
    'num_classes',
  ],
  ...['interpolation', 'crop_mode', 'global_pool', 'label_names', 'problem_type', 'model_type'],
  ...EPSILON_KEYS,
  ...PREPROCESSOR_KEYS,
];

/** Whether a file beside the weights is a configuration; else it is one of class names. */
export function isModelConfig({ text }: SidecarFile): boolean {
  try {
    const json: unknown = parseJson(text, 'config.json');
    return isObject(json) && CONFIG_KEYS.some((key) => Object.hasOwn(json, key));
  } catch {
    return false;
  }
}

/** @throws DataError naming the key whose value is not what it should be, or where no key is known */
export function readModelConfig({ name: file, text }: SidecarFile): ModelConfig {
  const json = parseJson(text, file);
  if (!isObject(json)) throw new DataError(file, 0, 'is not a JSON object with the keys of a configuration');
  const outer = json;
  if (!CONFIG_KEYS.some((key) => Object.hasOwn(outer, key))) {
    const keys = Object.keys(outer).slice(0, 6);
    const there = keys.length === 0 ? 'it is empty' : `it has ${keys.map((key) => key.slice(0, 40)).join(', ')}`;
    throw new DataError(
      file,
      0,
      `holds no key that says how images are prepared (input_size, mean, image_mean, size …); ${there}`,
    );
  }
  const inner = isObject(json.pretrained_cfg) ? json.pretrained_cfg : {};
  // timm writes them within `pretrained_cfg`, and wrote them beside it.
  const get = (key: string) => inner[key] ?? outer[key] ?? undefined;
  const check: CheckKey = (key, holds, rule) => {
    const value = get(key);
    if (value === undefined || holds(value)) return value;
    throw new DataError(file, 0, `"${key}" ${(JSON.stringify(value) ?? '').slice(0, 60)} must be ${rule}`);
  };
  const architecture = check('architecture', isText, 'a text') ?? firstOf(outer.architectures);
  const names = get('label_names') ?? outer.id2label;
  const classNames = Array.isArray(names) || isObject(names) ? checkNames(file, namesIn(file, names)) : undefined;
  const [channels, height, width] = check('input_size', isSize, 'three whole numbers: channels, height, width') ?? [];
  const processor = PREPROCESSOR_KEYS.some((key) => Object.hasOwn(outer, key))
    ? readPreprocessor(file, check)
    : undefined;
  const timms = architecture !== undefined || isObject(json.pretrained_cfg);
  return {
    file,
    architecture,
    globalPool: check('global_pool', isText, 'a text'),
    classes: check('num_classes', isCount, 'a whole number from 0 up') ?? classNames?.length,
    channels,
    size: height !== undefined && width !== undefined ? { height, width } : processor?.size,
    resizing: processor?.resizing,
    cropFraction: check('crop_pct', isFraction, 'a number above 0, at most 2'),
    cropMode: check('crop_mode', isCropMode, `one of ${CROP_MODES.join(', ')}`) ?? 'center',
    // timm resizes so where it is not said.
    interpolation:
      check('interpolation', isInterpolation, `one of ${INTERPOLATIONS.join(', ')}`) ?? (timms ? 'bicubic' : undefined),
    mean: check('mean', isNumbers, 'a list of numbers') ?? processor?.mean,
    std: check('std', isNumbers, 'a list of numbers') ?? processor?.std,
    classNames,
    batchNormEpsilon: EPSILON_KEYS.map((key) => check(key, isEpsilon, 'a number above 0, at most 1')).find(
      (value) => value !== undefined,
    ),
    multiLabel: typeof outer.problem_type === 'string' ? outer.problem_type.startsWith('multi_label') : undefined,
  };
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string';
const isCount = (value: unknown): value is number => Number.isInteger(value) && Number(value) >= 0;
const isFraction = (value: unknown): value is number => typeof value === 'number' && value > 0 && value <= 2;
const isEpsilon = (value: unknown): value is number => typeof value === 'number' && value > 0 && value <= 1;
const isNumbers = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((v) => typeof v === 'number' && Number.isFinite(v));
const isSize = (value: unknown): value is readonly [number, number, number] =>
  isNumbers(value) && value.length === 3 && value.every((v) => Number.isInteger(v) && v > 0 && v <= 16384);
const isCropMode = (value: unknown): value is CropMode => CROP_MODES.some((mode) => mode === value);
const isInterpolation = (value: unknown): value is Interpolation => INTERPOLATIONS.some((name) => name === value);
const firstOf = (value: unknown) => (Array.isArray(value) && isText(value[0]) ? value[0] : undefined);
