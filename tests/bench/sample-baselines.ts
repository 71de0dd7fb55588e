// A comparison with a row of each kind, as the benchmark writes one.

import type { BaselineCheck, BaselinesSection } from '../../bench/sections/baselines/schema.ts';

const check: BaselineCheck = {
  kind: 'bottleneck',
  file: 'a.safetensors',
  passed: true,
  groups: [{ group: 'eval.logits', worst: 'eval.logits', error: 1e-7, allowed: 5e-5, passed: true }],
};

export const sampleBaselines: BaselinesSection = [
  {
    subject: { model: 'bc-100-12', mode: 'training', batch: 16 },
    rows: [
      {
        status: 'done',
        peer: 'ours',
        version: '0.1.0',
        check,
        difference: null,
        code: { script: 70_000, wasm: 0 },
        preparation: 10,
        first: 2000,
        imagesPerSecond: 16,
        ratio: 1,
        milliseconds: { median: 1000, p5: 900, p95: 1100, interval: { low: 950, high: 1050 }, repeats: 3 },
        counts: { dispatches: 540, submits: 1, buffers: 0, bindGroups: 0, pipelines: 0 },
        liveBytes: 2 ** 20,
        peakBytes: 2 ** 21,
        ended: 'enough repeats',
      },
      {
        status: 'wrong',
        peer: 'jax',
        problem: 'results are wrong',
        check,
        difference: { worst: 'grad.features.conv0.weight', error: null, allowed: 0.05, passed: false },
      },
      { status: 'failed', peer: 'onnx', problem: 'it runs inference only', check: null, difference: null },
    ],
  },
];
