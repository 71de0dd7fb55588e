// Which network a command is about: a model by name, or `--config` with a configuration's JSON.

import type { DenseNetConfig } from '../src/densenet/config.ts';
import { type GoldenTraining, parseGoldenConfig } from '../src/densenet/config-json.ts';
import { preset } from '../src/densenet/presets.ts';
import { ConfigError } from '../src/runtime/errors.ts';

export interface NetworkChoice {
  /** For people: the model's name, or the configuration in short. */
  readonly name: string;
  readonly config: DenseNetConfig;
  /** What --config says of training. */
  readonly training?: GoldenTraining;
}

/** @throws ConfigError where both or neither are given, and where the network cannot be */
export function chooseNetwork(model: string | undefined, json: string | undefined): NetworkChoice {
  if (model !== undefined && json !== undefined) {
    throw new ConfigError('--config', json.slice(0, 60), `stands beside the model ${model}; give one of the two`);
  }
  if (model !== undefined) return { name: model, config: preset(model) };
  if (json === undefined) throw new ConfigError('model', null, 'is missing: name a model, or give --config JSON');
  const { config, training } = parseGoldenConfig(parse(json));
  return { name: shortName(config), config, training };
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new ConfigError(
      '--config',
      json.slice(0, 60),
      `is not JSON (${cause instanceof Error ? cause.message : cause})`,
    );
  }
}

/** A configuration in a few words: `growth 8, blocks 3 3`. */
export function shortName({ growthRate, blockLayers, bottleneckWidth, stem }: DenseNetConfig): string {
  const plain = bottleneckWidth === 0 ? ', no bottleneck' : '';
  return `growth ${growthRate}, blocks ${blockLayers.join(' ')}${plain}, ${stem === 'imagenet' ? '7x7' : '3x3'} stem`;
}
