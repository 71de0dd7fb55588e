// The rows of a report: a workload that was asked for, and what came of it; and the checks against PyTorch that they rest
// on. The keys `effort`, `held` and `agreement` are those of reports of version 2.

import * as v from 'valibot';
import { PRECISIONS } from '../../../src/densenet/plan/feature-map.ts';
import type { ErrorCode } from '../../../src/runtime/errors.ts';
import { ENDINGS } from '../../sampling.ts';
import { amount, count, countFromOne, described, record, relativeErrorSchema, type Value } from '../../schema.ts';
import { statisticsSchema } from '../../statistics.ts';
import { MODES } from '../../workloads.ts';

/** Networks that differ in their kernels: with the ImageNet or the deep stem, with bottlenecks, and plain. */
export const networkKindSchema = v.picklist(['imagenet', 'deep', 'bottleneck', 'plain']);
export type NetworkKind = Value<typeof networkKindSchema>;

export const checkGroupSchema = v.strictObject({
  group: v.string(),
  /** The worst tensor of the group. */
  worst: v.string(),
  error: relativeErrorSchema,
  allowed: amount,
  passed: v.boolean(),
});
/** The worst tensor of a group: its relative L2 error (null where it is not a number), and what is allowed. */
export type CheckGroup = Value<typeof checkGroupSchema>;

export const checkReportSchema = v.strictObject({
  kind: networkKindSchema,
  precision: v.picklist(PRECISIONS),
  file: v.string(),
  passed: v.boolean(),
  groups: v.array(checkGroupSchema),
  /** Distinct kernel variants that it ran. */
  variants: count,
});
/** A network of tests/golden as this GPU computes it, against PyTorch's numbers. */
export type CheckReport = Value<typeof checkReportSchema>;

const planValidationSchema = v.strictObject({
  /** Images of the plan that it was compared with. */
  images: countFromOne,
  /** The tensor that is worst, its relative L2 error (null where it is not a number), and what is allowed. */
  worst: v.string(),
  error: relativeErrorSchema,
  allowed: v.number(),
  passed: v.boolean(),
});
/** The timed plan against a small one. */
export type PlanValidation = Value<typeof planValidationSchema>;

const validationSchema = v.strictObject({
  /** Share of a repeat's FLOPs in kernel variants that were compared with PyTorch's goldens on this GPU. */
  goldens: described(
    v.pipe(v.number(), v.minValue(0), v.maxValue(1.000001)),
    'Share of the floating-point operations in kernel variants that were compared with PyTorch.',
  ),
  /** The timed plan against a small one; null where the batch is one image. */
  agreement: described(v.nullable(planValidationSchema), 'The timed plan against one of one or two images.'),
});
export type Validation = Value<typeof validationSchema>;

const memoryReportSchema = described(
  v.strictObject({
    /** Bytes by what they are for. */
    forecast: record(count),
    forecastBytes: count,
    /** Bytes of all buffers on the device, counted. */
    measuredBytes: count,
    buffers: count,
  }),
  'Bytes of GPU buffers by the plan, by purpose and together, and as counted on the device.',
);
export type MemoryReport = Value<typeof memoryReportSchema>;

const coldStartSchema = described(
  v.strictObject({
    /** Finding the adapter and opening a device. */
    device: amount,
    /** Compiling every pipeline. */
    compilation: amount,
    /** Weights, plan, buffers and bindings. */
    preparation: amount,
    /** The first batch: upload to result. */
    firstResult: amount,
    /** From the page's load (the command's start) to that result; only where nothing was computed before it. */
    sinceStart: v.nullable(v.number()),
  }),
  "Milliseconds from nothing to the first result; sinceStart from the page's load or the command's start.",
);
/** Milliseconds from nothing to the first result. */
export type ColdStart = Value<typeof coldStartSchema>;

const preparedFields = {
  /** Images of a repeat. */
  batch: countFromOne,
  parameters: count,
  /** Multiply-adds of one image's forward pass. */
  macs: count,
  height: count,
  width: count,
  /** Dispatches, floating-point operations and bytes moved of one repeat, by the kernels' own count. */
  passes: count,
  flops: amount,
  traffic: amount,
  pipelines: count,
  memory: memoryReportSchema,
  cold: coldStartSchema,
};
const preparedSchema = v.strictObject(preparedFields);
/** What a plan costs and what it came to. */
export type Prepared = Value<typeof preparedSchema>;

const warmFields = {
  /** Milliseconds of each repeat before the measured ones. */
  warmUp: v.array(amount),
  milliseconds: statisticsSchema,
  ended: v.picklist(ENDINGS),
  /** Of the median; and of the interval's slow and fast end. */
  imagesPerSecond: v.strictObject({ median: amount, low: amount, high: amount }),
  /** 1e9 floating-point operations per second, of the median. */
  gflops: amount,
};
const warmSchema = v.strictObject(warmFields);
export type Warm = Value<typeof warmSchema>;

const measurementSchema = v.strictObject({ ...preparedFields, ...warmFields, held: validationSchema });
export type Measurement = Value<typeof measurementSchema>;

const workloadSchema = v.strictObject({
  /** A preset of the version that wrote the report. */
  model: v.string(),
  mode: v.picklist(MODES),
  batch: v.union([countFromOne, v.literal('largest')]),
  recompute: v.boolean(),
  precision: v.picklist(PRECISIONS),
});

/** Of the error's class; `other` where it is none of ours. */
const ROW_CODES = [
  'config',
  'data',
  'state',
  'limit',
  'no-gpu',
  'device-lost',
  'disposed',
  'gpu',
  'not-finite',
  'wrong-result',
  'storage',
  'shader',
  'other',
] as const satisfies readonly (ErrorCode | 'other')[];

export const rowSchema = v.variant('status', [
  v.strictObject({ workload: workloadSchema, status: v.literal('done'), measurement: measurementSchema }),
  v.strictObject({
    workload: workloadSchema,
    status: v.literal('failed'),
    code: v.picklist(ROW_CODES),
    problem: v.string(),
  }),
]);
/** A workload that was asked for, and what came of it. */
export type Row = Value<typeof rowSchema>;
