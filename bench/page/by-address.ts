// `?peers=tfjs,onnx,jax&run=MODEL:MODE:BATCH,…`: side by side without a hand. `&repeats=`, `&seconds=` and `&patience=` say
// how long.

import { ConfigError } from '../../src/runtime/errors.ts';
import { BASELINES, type BaselineName } from '../baselines/baseline.ts';
import { parseBaselineWorkloads } from '../baselines/workloads.ts';
import { BASELINE_SAMPLING, type BaselineSampling } from '../sections/baselines/measure.ts';
import type { BaselinesRun } from './baselines-run.ts';
import { numberParameter } from './url-state.ts';

/** @throws ConfigError naming what the address asks for and is not there */
export async function measureBaselinesByUrl(query: URLSearchParams, run: BaselinesRun): Promise<void> {
  const effort: BaselineSampling = {
    repeats: numberParameter(query, 'repeats', BASELINE_SAMPLING.repeats),
    seconds: numberParameter(query, 'seconds', BASELINE_SAMPLING.seconds),
    patience: numberParameter(query, 'patience', BASELINE_SAMPLING.patience),
  };
  await run.measure(parseBaselineWorkloads(query.get('run') ?? ''), parseBaselines(query.get('peers') ?? ''), effort);
}

/** @throws ConfigError for a name that no peer has */
export function parseBaselines(text: string): BaselineName[] {
  const names = text.split(',').map((name) => name.trim());
  return names
    .filter((name) => name !== '')
    .map((name) => {
      const peer = BASELINES.find((candidate) => candidate === name);
      if (!peer) throw new ConfigError('peers', name, `must be among ${BASELINES.join(', ')}`);
      return peer;
    });
}
