// Sidecar metadata, JSON files beside weights: timm's config.json (or any with the same keys), Hugging Face's config.json with
// its `id2label`, and its preprocessor_config.json, what its image processors (ViT's, CLIP's, ConvNeXt's and those like them)
// do to an image, as this library's own steps. All of it is untrusted: every key that is used is checked by name, a step that
// is not supported is an error that names its key, and a file without any known key is refused.

import * as v from 'valibot';
import { isJsonObject, parseJson } from '../../data/json.ts';
import type { Resizing } from '../../data/preprocess.ts';
import { INTERPOLATIONS, type Interpolation } from '../../data/resample.ts';
import { flag, list, number, object, oneOf, type Schema, whole } from '../../data/schema.ts';
import { DataError } from '../../runtime/errors.ts';
import { checkNames, namesIn } from './class-names.ts';
import type { SidecarFile } from './import-options.ts';

interface Size {
  readonly height: number;
  readonly width: number;
}

/** What a config.json says that matters here; undefined: not said. */
export interface ModelConfig {
  readonly file: string;
  readonly architecture: string | undefined;
  readonly globalPool: string | undefined;
  readonly classes: number | undefined;
  readonly channels: number | undefined;
  readonly size: Size | undefined;
  /** How Hugging Face's processors resize an image; undefined: as timm does. */
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

const CROP_MODES = ['center', 'squash', 'border'] as const;
type CropMode = (typeof CROP_MODES)[number];

const EPSILON_KEYS = ['batch_norm_epsilon', 'batch_norm_eps', 'bn_eps', 'norm_eps'];
const PREPROCESSOR_KEYS = [
  'image_mean',
  'image_std',
  'size',
  'crop_size',
  'do_resize',
  'do_center_crop',
  'do_rescale',
  'do_normalize',
  'resample',
  'rescale_factor',
  'image_processor_type',
  'feature_extractor_type',
];
/** Any of these makes a JSON file a configuration. */
const CONFIG_KEYS = [
  'architecture',
  'architectures',
  'pretrained_cfg',
  'input_size',
  'mean',
  'std',
  'id2label',
  'crop_pct',
  'num_classes',
  'interpolation',
  'crop_mode',
  'global_pool',
  'label_names',
  'problem_type',
  'model_type',
  ...EPSILON_KEYS,
  ...PREPROCESSOR_KEYS,
];

/** Whether a sidecar file is a configuration; else it is one of class names. */
export function isModelConfig({ text }: SidecarFile): boolean {
  try {
    const json: unknown = parseJson(text, 'config.json');
    return isJsonObject(json) && CONFIG_KEYS.some((key) => Object.hasOwn(json, key));
  } catch {
    return false;
  }
}

/** Reads one key: undefined where it is not there. @throws DataError naming it */
type CheckKey = <T>(key: string, schema: Schema<T>, rule: string) => T | undefined;

/** @throws DataError naming the key whose value is not what it should be, or where no key is known */
export function readModelConfig({ name: file, text }: SidecarFile): ModelConfig {
  const json = parseJson(text, file);
  if (!isJsonObject(json)) throw new DataError(file, 0, 'is not a JSON object with the keys of a configuration');
  if (!CONFIG_KEYS.some((key) => Object.hasOwn(json, key))) {
    const keys = Object.keys(json).slice(0, 6);
    const there = keys.length === 0 ? 'it is empty' : `it has ${keys.map((key) => key.slice(0, 40)).join(', ')}`;
    const wanted = 'input_size, mean, image_mean, size …';
    throw new DataError(file, 0, `has no key that says how images are preprocessed (${wanted}); ${there}`);
  }
  const inner = isJsonObject(json.pretrained_cfg) ? json.pretrained_cfg : {};
  // timm writes them within `pretrained_cfg`, and older versions beside it.
  const get = (key: string) => inner[key] ?? json[key] ?? undefined;
  const check: CheckKey = (key, schema, rule) => {
    const value = get(key);
    if (value === undefined) return undefined;
    const found = v.safeParse(schema, value);
    if (found.success) return found.output;
    throw new DataError(file, 0, `"${key}" ${(JSON.stringify(value) ?? '').slice(0, 60)} must be ${rule}`);
  };
  const architecture = check('architecture', VALUES.text, 'a text') ?? firstOf(json.architectures);
  const names = get('label_names') ?? json.id2label;
  const classNames = Array.isArray(names) || isJsonObject(names) ? checkNames(file, namesIn(file, names)) : undefined;
  const [channels, height, width] =
    check('input_size', VALUES.size, 'three whole numbers: channels, height, width') ?? [];
  const hasProcessor = PREPROCESSOR_KEYS.some((key) => Object.hasOwn(json, key));
  const processor = hasProcessor ? readPreprocessor(file, check) : undefined;
  const isTimms = architecture !== undefined || isJsonObject(json.pretrained_cfg);
  return {
    file,
    architecture,
    globalPool: check('global_pool', VALUES.text, 'a text'),
    classes: check('num_classes', VALUES.count, 'a whole number, 0 or more') ?? classNames?.length,
    channels,
    size: height !== undefined && width !== undefined ? { height, width } : processor?.size,
    resizing: processor?.resizing,
    cropFraction: check('crop_pct', VALUES.fraction, 'a number above 0, at most 2'),
    cropMode: check('crop_mode', VALUES.cropMode, `one of ${CROP_MODES.join(', ')}`) ?? 'center',
    // timm's default where a file of its own does not say.
    interpolation:
      check('interpolation', VALUES.interpolation, `one of ${INTERPOLATIONS.join(', ')}`) ??
      (isTimms ? 'bicubic' : undefined),
    mean: check('mean', VALUES.numbers, 'a list of numbers') ?? processor?.mean,
    std: check('std', VALUES.numbers, 'a list of numbers') ?? processor?.std,
    classNames,
    batchNormEpsilon: EPSILON_KEYS.map((key) => check(key, VALUES.epsilon, 'a number above 0, at most 1')).find(
      (value) => value !== undefined,
    ),
    multiLabel: typeof json.problem_type === 'string' ? json.problem_type.startsWith('multi_label') : undefined,
  };
}

const positive = number({ above: 0 });
const pixels = whole(1, 16384);
/** The values that keys may have; the sentence that says so stands where a key is read. */
const VALUES = {
  flag,
  text: v.string(),
  positive,
  count: whole(0, Number.MAX_SAFE_INTEGER),
  fraction: number({ above: 0, max: 2 }),
  epsilon: number({ above: 0, max: 1 }),
  numbers: list(number()),
  oneOrMoreNumbers: v.union([number(), list(number(), 1)]),
  size: list(pixels, 3, 3),
  /** Of an image: a side or both, or the shorter one. */
  sides: v.union([
    pixels,
    list(pixels, 2, 2),
    object({ height: pixels, width: pixels }),
    object({ shortest_edge: pixels }),
  ]),
  cropMode: oneOf(CROP_MODES),
  interpolation: oneOf(INTERPOLATIONS),
};

const firstOf = (value: unknown) => (Array.isArray(value) && typeof value[0] === 'string' ? value[0] : undefined);

interface Preprocessor {
  /** The network's input. */
  readonly size: Size | undefined;
  readonly resizing: Resizing;
  readonly mean: readonly number[] | undefined;
  readonly std: readonly number[] | undefined;
}

/** PIL's numbers. */
const RESAMPLE: readonly Interpolation[] = ['nearest', 'lanczos', 'bilinear', 'bicubic', 'box', 'hamming'];
/** ConvNeXt's processor crops only images smaller than this. */
const CONVNEXT_CROPS_BELOW = 384;
const CONVNEXT_CROP = 224 / 256;
const UNSUPPORTED_STEPS = [
  'do_pad',
  'do_flip_channel_order',
  'do_reduce_labels',
  'do_thumbnail',
  'do_align_long_axis',
  'rescale_offset',
];

type Sides = v.InferOutput<typeof VALUES.sides>;

const resampleSchema = whole(0, RESAMPLE.length - 1);

/** @throws DataError naming the key that is not what it should be, or asks for a step that is not supported */
function readPreprocessor(file: string, check: CheckKey): Preprocessor {
  const isOn = (key: string, otherwise: boolean) => check(key, VALUES.flag, 'true or false') ?? otherwise;
  for (const key of UNSUPPORTED_STEPS) {
    if (isOn(key, false)) throw new DataError(file, 0, `"${key}" true is not supported`);
  }
  const kind =
    check('image_processor_type', VALUES.text, 'a text') ??
    check('feature_extractor_type', VALUES.text, 'a text') ??
    '';
  const rule = 'pixels, { "height", "width" } or { "shortest_edge" }';
  const size = check('size', VALUES.sides, rule);
  const cropSize = check('crop_size', VALUES.sides, rule);
  const resample = check('resample', resampleSchema, `a number from 0 to ${RESAMPLE.length - 1}, PIL's filters`);
  const crops = isOn('do_center_crop', cropSize !== undefined);
  const asked = { file, kind, size, crop: crops ? (cropSize ?? size) : undefined, check };
  const { input, ...resized } = isOn('do_resize', true) ? resizedTo(asked) : cropped(asked);
  const interpolation = RESAMPLE[resample ?? 2] ?? 'bilinear';
  return {
    size: input,
    resizing: { interpolation, centre: 'floor', fill: [0, 0, 0], ...resized },
    ...normalisationOf(check, isOn),
  };
}

type Resized = Pick<Resizing, 'resize' | 'fit'> & { readonly input: Preprocessor['size'] };

interface Asked {
  readonly file: string;
  readonly kind: string;
  readonly size: Sides | undefined;
  readonly crop: Sides | undefined;
  readonly check: CheckKey;
}

function resizedTo({ file, kind, size, crop, check }: Asked): Resized {
  const isConvNext = /ConvNext/i.test(kind);
  if (size === undefined) throw new DataError(file, 0, '"size" is missing; it says what images are resized to');
  // A single number is the shorter side where a centre crop follows, and both sides where none does.
  const shorter = shortest(size) ?? (typeof size === 'number' && (crop !== undefined || isConvNext) ? size : undefined);
  if (isConvNext && shorter !== undefined) {
    const side = { height: shorter, width: shorter };
    if (shorter >= CONVNEXT_CROPS_BELOW) return { input: side, fit: 'squash', resize: shorter };
    return {
      input: side,
      resize: Math.trunc(shorter / (check('crop_pct', VALUES.positive, 'above 0') ?? CONVNEXT_CROP)),
    };
  }
  const input = crop === undefined ? undefined : both(crop);
  if (shorter !== undefined) {
    if (input) return { input, resize: shorter };
    const problem = `"size" { "shortest_edge": ${shorter} } without "crop_size" gives images of many sizes; one is needed`;
    throw new DataError(file, 0, problem);
  }
  const exact = both(size);
  return { input: input ?? exact, fit: 'squash', ...(exact && { resize: exact }) };
}

function cropped({ file, crop }: Asked): Resized {
  if (crop !== undefined) return { input: both(crop), fit: 'none' };
  throw new DataError(file, 0, '"do_resize" false without a centre crop leaves the input size open; add "crop_size"');
}

const shortest = (sides: Sides | undefined) =>
  typeof sides === 'object' && 'shortest_edge' in sides ? sides.shortest_edge : undefined;

function both(sides: Sides): Size {
  if (typeof sides === 'number') return { height: sides, width: sides };
  if ('shortest_edge' in sides) return { height: sides.shortest_edge, width: sides.shortest_edge };
  if ('height' in sides) return sides;
  const [height = 0, width = 0] = sides;
  return { height, width };
}

/** (pixel * factor - mean) / std, as mean and standard deviation of pixels in [0, 1]. */
function normalisationOf(
  check: CheckKey,
  isOn: (key: string, otherwise: boolean) => boolean,
): Pick<Preprocessor, 'mean' | 'std'> {
  const factor = check('rescale_factor', VALUES.positive, 'a number above 0') ?? 1 / 255;
  const times = isOn('do_rescale', true) ? 255 * factor : 255;
  const unit = Math.abs(times - 1) < 1e-9 ? 1 : times;
  const numbers = (key: string) => {
    const value = check(key, VALUES.oneOrMoreNumbers, 'a number or a list of numbers');
    return value === undefined ? undefined : [value].flat();
  };
  const [mean, std] = isOn('do_normalize', true) ? [numbers('image_mean'), numbers('image_std')] : [[0], [1]];
  return { mean: mean?.map((value) => value / unit), std: std?.map((value) => value / unit) };
}
