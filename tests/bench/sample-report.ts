// A report with a row of each kind, as the benchmark writes one.

import type { Report } from '../../bench/report.ts';
import type { Measurement, Row } from '../../bench/sections/throughput/schema.ts';
import { parseWorkloads } from '../../bench/workloads.ts';

const measurement = (imagesPerSecond: number, batch: number): Measurement => ({
  batch,
  parameters: 1000,
  macs: 5_000_000,
  height: 32,
  width: 32,
  passes: 50,
  flops: 1e9,
  traffic: 1e8,
  pipelines: 12,
  memory: { forecast: { features: 900, settings: 100 }, forecastBytes: 1000, measuredBytes: 1000, buffers: 7 },
  cold: { device: 3, compilation: 100, preparation: 20, firstResult: 8, sinceStart: null },
  warmUp: [5, 4],
  milliseconds: { median: 4, p5: 3, p95: 6, interval: { low: 3.9, high: 4.1 }, repeats: 20 },
  ended: 'time over',
  imagesPerSecond: { median: imagesPerSecond, low: imagesPerSecond * 0.9, high: imagesPerSecond * 1.25 },
  gflops: 250,
  held: { goldens: 0.3, agreement: { images: 1, worst: 'logits', error: 1e-7, allowed: 1e-4, passed: true } },
});

/** Rows by workload: images a second, or why there is no number. */
export function sampleRows(speeds: Readonly<Record<string, number | string>>): Row[] {
  return Object.entries(speeds).flatMap(([name, speed]) =>
    parseWorkloads(name).map((workload): Row => {
      if (typeof speed === 'string') return { workload, status: 'failed', code: 'gpu', problem: speed };
      const batch = workload.batch === 'largest' ? 1000 : workload.batch;
      return { workload, status: 'done', measurement: measurement(speed, batch) };
    }),
  );
}

export const sampleReport = (speeds: Readonly<Record<string, number | string>>): Report => ({
  schema: 'densenet-webgpu/bench/2',
  date: '2026-11-25T23:00:00.000Z',
  host: 'browser',
  userAgent: 'a browser',
  adapter: {
    name: 'a GPU',
    software: false,
    vendor: 'v',
    architecture: 'a',
    device: '',
    description: '',
    features: ['subgroups'],
    limits: { maxBufferSize: 2 ** 31 },
  },
  versions: { 'densenet-webgpu': '0.1.0' },
  commit: 'unknown',
  effort: { repeats: 20, seconds: 30, width: 0.03 },
  checks: [
    {
      kind: 'bottleneck',
      precision: 'f32',
      file: 'a.safetensors',
      passed: false,
      variants: 30,
      groups: [{ group: 'grad', worst: 'grad.a', error: null, allowed: 5e-5, passed: false }],
    },
  ],
  rows: sampleRows(speeds),
});
