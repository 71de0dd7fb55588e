// What can be measured: a preset, inference or training, a batch, whether bottlenecks are computed again, a precision; and
// the way it is written in the page's address and on the command line, `MODEL:MODE:BATCH[:recompute][:PRECISION]`.

import { PRECISIONS, type Precision } from '../src/densenet/plan/feature-map.ts';
import { PRESETS, type PresetName, preset } from '../src/densenet/presets.ts';
import { ConfigError } from '../src/runtime/errors.ts';

export const MODES = ['inference', 'training'] as const;
export type Mode = (typeof MODES)[number];

/** Images at once, or `largest`: as many as the device has room for, found from the plan. */
export type BatchChoice = number | 'largest';

export type Workload = {
  readonly model: PresetName;
  readonly mode: Mode;
  readonly batch: BatchChoice;
  /** Of training: bottlenecks are computed again in backward instead of being kept. */
  readonly recompute: boolean;
  readonly precision: Precision;
};

/** A workload of a report, whose version may have had other presets. */
export type NamedWorkload = Omit<Workload, 'model'> & { readonly model: string };

export const MODELS = Object.keys(PRESETS) as PresetName[];

export const LARGEST_BATCH = 1 << 16;

/**
 * Workloads from text, separated by commas. The mode is inference and the batch 1 where they are left out.
 * @throws ConfigError naming the part that is wrong
 */
export function parseWorkloads(text: string): Workload[] {
  const parts = text.split(',').map((part) => part.trim());
  return parts.filter((part) => part !== '').map(parseWorkload);
}

function parseWorkload(text: string): Workload {
  const [name = '', modeText = 'inference', batchText = '1', ...rest] = text.split(':');
  const mode = MODES.find((candidate) => candidate === modeText);
  if (!mode) throw new ConfigError('mode', modeText, `must be one of ${MODES.join(', ')}`);
  const batch = parseBatch(batchText);
  const recompute = rest[0] === 'recompute';
  const [precisionText = 'f32', ...more] = recompute ? rest.slice(1) : rest;
  const precision = PRECISIONS.find((candidate) => candidate === precisionText);
  if (!precision || more.length > 0)
    throw new ConfigError('run', text, `must be MODEL:MODE:BATCH[:recompute][:${PRECISIONS.join('|')}]`);
  return checkWorkload({ model: modelOf(name), mode, batch, recompute, precision });
}

/** @throws ConfigError for recomputing without training */
export function checkWorkload(workload: Workload): Workload {
  if (workload.recompute && workload.mode !== 'training')
    throw new ConfigError('recompute', workload.mode, 'keeps nothing to compute again; it goes with training');
  return workload;
}

/** @throws ConfigError */
export function parseBatch(text: string): BatchChoice {
  if (text === 'largest') return text;
  const batch = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (batch >= 1 && batch <= LARGEST_BATCH) return batch;
  throw new ConfigError('batch', text, `must be a whole number from 1 to ${LARGEST_BATCH}, or largest`);
}

/** A preset's own name. @throws ConfigError listing the names there are */
export function modelOf(name: string): PresetName {
  const config = preset(name);
  const model = MODELS.find((candidate) => PRESETS[candidate] === config);
  if (!model) throw new ConfigError('model', name, 'is not a preset');
  return model;
}

/** As text: what `parseWorkloads` reads. */
export const workloadName = ({ model, mode, batch, recompute, precision }: NamedWorkload): string =>
  [model, mode, batch, ...(recompute ? ['recompute'] : []), ...(precision === 'f32' ? [] : [precision])].join(':');

/** For people: `training, batch 8, recompute`. */
export const workloadWords = ({ mode, batch, recompute, precision }: Omit<Workload, 'model'>): string =>
  [mode, batch === 'largest' ? 'largest batch' : `batch ${batch}`, ...(recompute ? ['recompute'] : [])]
    .concat(precision === 'f32' ? [] : [precision])
    .join(', ');

/** Recomputing goes only with training of networks that have bottlenecks. */
export const recomputes = (model: PresetName, mode: Mode): boolean =>
  mode === 'training' && PRESETS[model].bottleneckWidth > 0;

/** Every combination that can be. */
export function combinations(choices: {
  readonly models: readonly PresetName[];
  readonly batches: readonly BatchChoice[];
  readonly modes: readonly Mode[];
  readonly recompute: readonly boolean[];
  readonly precisions: readonly Precision[];
}): Workload[] {
  const { models, batches, modes, recompute: both, precisions } = choices;
  return models.flatMap((model) =>
    modes.flatMap((mode) =>
      both
        .filter((recompute) => !recompute || recomputes(model, mode))
        .flatMap((recompute) =>
          batches.flatMap((batch) => precisions.map((precision) => ({ model, mode, batch, recompute, precision }))),
        ),
    ),
  );
}

const ALL = { modes: MODES, recompute: [false, true], precisions: ['f32'] } as const;

/** The whole benchmark: the paper's ImageNet networks and three for CIFAR. Hours on a slow GPU. */
export const STANDARD_SET: readonly Workload[] = [
  ...combinations({
    ...ALL,
    models: ['densenet121', 'densenet169', 'densenet201', 'densenet161'],
    batches: [1, 8, 32, 'largest'],
  }),
  ...combinations({ ...ALL, models: ['bc-100-12', 'plain-40-12', 'bc-190-40'], batches: [1, 64] }),
];

/** What a visitor compares machines by, in minutes. */
export const SHORT_SET: readonly Workload[] = parseWorkloads(
  'densenet121:inference:1,densenet121:inference:8,densenet121:training:8,bc-100-12:inference:64,bc-100-12:training:64',
);

export const SETS: Readonly<Record<string, readonly Workload[]>> = { short: SHORT_SET, standard: STANDARD_SET };

/** The workloads of a set by its name, or as `parseWorkloads`. @throws ConfigError */
export const workloadsNamed = (text: string): readonly Workload[] =>
  (Object.hasOwn(SETS, text) ? SETS[text] : undefined) ?? parseWorkloads(text);
