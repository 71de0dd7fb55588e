// What the page's address asks for: `?run=MODEL:MODE:BATCH,…` (or a set's name) with `&repeats=` and `&seconds=`. With
// `&baselines=tfjs,onnx,jax` it is a comparison with those libraries, `&timeout=` too. Other parameters are ignored.

import * as v from 'valibot';
import { parse } from '../../src/data/schema.ts';
import { type BaselineName, parseBaselines } from '../baselines/baseline.ts';
import { type BaselineWorkload, parseBaselineWorkloads } from '../baselines/workloads.ts';
import { FULL_SAMPLING, type SamplingOptions } from '../sampling.ts';
import { BASELINE_SAMPLING, type BaselineSampling } from '../sections/baselines/measure.ts';
import { type Workload, workloadsNamed } from '../workloads.ts';

export type UrlState =
  | { readonly kind: 'workloads'; readonly workloads: readonly Workload[]; readonly sampling: SamplingOptions }
  | {
      readonly kind: 'baselines';
      readonly workloads: readonly BaselineWorkload[];
      readonly baselines: readonly BaselineName[];
      readonly sampling: BaselineSampling;
    };

const positive = v.pipe(
  v.string(),
  v.transform((text) => (text.trim() === '' ? Number.NaN : Number(text))),
  v.check((value) => value > 0 && Number.isFinite(value), 'must be a number above 0'),
);

const parameters = v.object({
  run: v.string(),
  baselines: v.optional(v.string()),
  repeats: v.optional(positive),
  seconds: v.optional(positive),
  timeout: v.optional(positive),
});

/**
 * What is to be measured without a hand; undefined where the address names nothing.
 * @throws ConfigError naming the parameter, its value and what it may be
 */
export function readUrlState(query: URLSearchParams): UrlState | undefined {
  if (!query.has('run')) return undefined;
  const { run, baselines, timeout, ...rest } = parse(parameters, Object.fromEntries(query), 'address');
  if (baselines === undefined) {
    return { kind: 'workloads', workloads: workloadsNamed(run), sampling: withDefaults(FULL_SAMPLING, rest) };
  }
  return {
    kind: 'baselines',
    workloads: parseBaselineWorkloads(run),
    baselines: parseBaselines(baselines),
    sampling: withDefaults(BASELINE_SAMPLING, { ...rest, timeout }),
  };
}

/** Where a parameter is left out, its default. */
const withDefaults = <T extends Readonly<Record<string, number>>>(
  defaults: T,
  given: { readonly [K in keyof T]?: number | undefined },
): T => ({ ...defaults, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) });
