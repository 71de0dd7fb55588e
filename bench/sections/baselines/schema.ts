// A comparison with other libraries as it stands in a report. Its keys `peers`, `peer` and `subject` are those of reports
// of version 2.

import * as v from 'valibot';
import { BASELINES } from '../../baselines/baseline.ts';
import { amount, count, countFromOne, described, relativeErrorSchema, text, type Value } from '../../schema.ts';
import { statisticsSchema } from '../../statistics.ts';
import { MODES } from '../../workloads.ts';
import { checkGroupSchema, networkKindSchema } from '../throughput/schema.ts';

export const baselineCheckSchema = described(
  v.strictObject({
    kind: networkKindSchema,
    file: text,
    passed: v.boolean(),
    groups: v.array(checkGroupSchema),
  }),
  'A small network against PyTorch: the worst relative L2 error of each group.',
);
/** A small network against PyTorch; groups as of this library's own checks. */
export type BaselineCheck = Value<typeof baselineCheckSchema>;

export const differenceSchema = described(
  v.strictObject({
    worst: v.string(),
    error: relativeErrorSchema,
    allowed: amount,
    passed: v.boolean(),
  }),
  'The timed network against ours: the worst tensor of its first repeat.',
);
/** The tensor that differs most from ours, relative to what is allowed for its kind. */
export type Difference = Value<typeof differenceSchema>;

const gpuCountsSchema = v.strictObject({
  dispatches: count,
  submits: count,
  buffers: count,
  bindGroups: count,
  pipelines: count,
});
export type GpuCounts = Value<typeof gpuCountsSchema>;

const codeSizeSchema = v.strictObject({
  /** Bytes of JavaScript after gzip. */
  script: count,
  /** Bytes of WebAssembly after gzip; 0 where there is none. */
  wasm: count,
});
export type CodeSize = Value<typeof codeSizeSchema>;

const measuredBaselineSchema = v.strictObject({
  status: v.literal('done'),
  peer: v.picklist(BASELINES),
  version: text,
  /** A small network of the same kind against PyTorch. */
  check: baselineCheckSchema,
  /** This very workload against ours; null for ours, and where ours failed. */
  difference: v.nullable(differenceSchema),
  code: described(codeSizeSchema, 'Bytes after gzip.'),
  /** Milliseconds. */
  preparation: described(amount, 'Milliseconds.'),
  /** Milliseconds of the first repeat, compiling included. */
  first: described(amount, 'Milliseconds of the first repeat, compiling included.'),
  /** Milliseconds of a repeat after that. */
  milliseconds: statisticsSchema,
  imagesPerSecond: amount,
  /** Images per second as a multiple of ours; null where ours has none. */
  ratio: described(v.nullable(amount), 'Images per second as a multiple of ours; null where ours has none.'),
  /** Of the last repeat. */
  counts: described(gpuCountsSchema, 'Of the last repeat.'),
  /** Bytes of GPU buffers after the last repeat, and the most there were at any time. */
  liveBytes: count,
  peakBytes: count,
  ended: v.picklist(['enough repeats', 'time over', 'stopped']),
});
export type MeasuredBaseline = Value<typeof measuredBaselineSchema>;

const failedBaselineSchema = v.strictObject({
  /** `wrong`: it ran, and its results are not what they must be. */
  status: v.picklist(['wrong', 'failed']),
  peer: v.picklist(BASELINES),
  problem: text,
  /** Null where it did not come so far. */
  check: v.nullable(baselineCheckSchema),
  difference: v.nullable(differenceSchema),
});
export type FailedBaseline = Value<typeof failedBaselineSchema>;

const baselineRowSchema = v.variant('status', [measuredBaselineSchema, failedBaselineSchema]);
export type BaselineRow = Value<typeof baselineRowSchema>;

const comparisonSchema = v.strictObject({
  subject: v.strictObject({
    model: described(text, 'A preset, or tiny.'),
    mode: v.picklist(MODES),
    batch: countFromOne,
  }),
  rows: v.array(baselineRowSchema),
});
/** One workload, one row per library, in the order in which they were asked for. */
export type Comparison = Value<typeof comparisonSchema>;

export const baselinesSectionSchema = described(
  v.array(comparisonSchema),
  'One entry per workload, in it one row per library, in the order in which they were asked for.',
);
export type BaselinesSection = Value<typeof baselinesSectionSchema>;
