// What can be measured: a preset, inference or training, a batch; and the way it is written in the page's address,
// `MODEL:MODE:BATCH`, several separated by commas.

import { PRESETS, type PresetName, preset } from '../src/densenet/presets.ts';
import { ConfigError } from '../src/runtime/errors.ts';

export type Mode = 'inference' | 'training';

export type Workload = {
  readonly model: PresetName;
  readonly mode: Mode;
  readonly batch: number;
};

export const MODELS = Object.keys(PRESETS) as PresetName[];

const LARGEST_BATCH = 1 << 16;

/**
 * Workloads from text. The mode is inference and the batch 1 where they are left out.
 * @throws ConfigError naming the part that is wrong
 */
export function parseWorkloads(text: string): Workload[] {
  const parts = text.split(',').map((part) => part.trim());
  return parts.filter((part) => part !== '').map(parseWorkload);
}

function parseWorkload(text: string): Workload {
  const [name = '', mode = 'inference', batchText = '1', ...rest] = text.split(':');
  if (rest.length > 0) throw new ConfigError('run', text, 'has more parts than MODEL:MODE:BATCH');
  if (mode !== 'inference' && mode !== 'training') throw new ConfigError('mode', mode, 'must be inference or training');
  const batch = Number(batchText);
  if (!Number.isInteger(batch) || batch < 1 || batch > LARGEST_BATCH) {
    throw new ConfigError('batch', batchText, `must be a whole number from 1 to ${LARGEST_BATCH}`);
  }
  const config = preset(name);
  const model = MODELS.find((candidate) => PRESETS[candidate] === config);
  if (!model) throw new ConfigError('model', name, 'is not a preset');
  return { model, mode, batch };
}

export const workloadName = ({ model, mode, batch }: Workload): string => `${model}:${mode}:${batch}`;
