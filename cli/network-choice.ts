// Which network a command is about: a model by name, or `--config` with a configuration's JSON.

import { type JsonValue, readJson } from '../src/data/json.ts';
import type { DenseNetConfig } from '../src/densenet/config.ts';
import { canonicalKey, type GoldenTraining, parseGoldenConfig } from '../src/densenet/config-json.ts';
import { preset } from '../src/densenet/presets.ts';
import { stemOf } from '../src/densenet/stems.ts';
import { ConfigError } from '../src/runtime/errors.ts';

export interface NetworkChoice {
  /** For people: the model's name, or the configuration in short. */
  readonly name: string;
  readonly config: DenseNetConfig;
  /** What --config says of training. */
  readonly training?: GoldenTraining;
  /** The fields that --config states itself, by their names here; everything else in it is a default. */
  readonly given: ReadonlySet<string>;
}

/** @throws ConfigError where both or neither are given, and where the network cannot be */
export function chooseNetwork(model: string | undefined, json: string | undefined): NetworkChoice {
  if (model !== undefined && json !== undefined) {
    throw new ConfigError('--config', json.slice(0, 60), `stands beside the model ${model}; give one of the two`);
  }
  if (model !== undefined) return { name: model, config: preset(model), given: new Set() };
  if (json === undefined) throw new ConfigError('model', null, 'is missing: name a model, or give --config JSON');
  const parsed = parse(json);
  const { config, training } = parseGoldenConfig(parsed);
  return { name: shortName(config), config, training, given: new Set(Object.keys(Object(parsed)).map(canonicalKey)) };
}

/** @throws ConfigError where the text is no JSON; parseGoldenConfig sees to what it holds */
function parse(json: string): JsonValue {
  const error = (_at: number, problem: string) => new ConfigError('--config', json, problem);
  return readJson(json, '--config', { error }).value;
}

/** A configuration in a few words: `growth 8, blocks 3 3`. */
export function shortName({
  growthRate,
  blockLayers,
  bottleneckWidth,
  stem,
  batchNormEpsilon,
}: DenseNetConfig): string {
  const plain = bottleneckWidth === 0 ? ', no bottleneck' : '';
  const epsilon = batchNormEpsilon === undefined ? '' : `, batch-norm epsilon ${batchNormEpsilon}`;
  return `growth ${growthRate}, blocks ${blockLayers.join(' ')}${plain}, ${stemOf(stem).label} stem${epsilon}`;
}
