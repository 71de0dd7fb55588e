// A workload as a plan, without a GPU: what it costs, and the largest batch that there is room for.

import { buildNetwork, type Network } from '../src/densenet/network.ts';
import { recordInference } from '../src/densenet/plan/inference.ts';
import {
  compileInference,
  compileTraining,
  type DeviceLimits,
  exceeds,
  forecast,
  largestBatch,
  type Plan,
} from '../src/densenet/plan/plan.ts';
import { vendorTiles } from '../src/densenet/plan/tile-config.ts';
import { recordTraining, type TrainingOptions } from '../src/densenet/plan/training.ts';
import { PRESETS } from '../src/densenet/presets.ts';
import type { PlanRequest } from '../src/jobs/compile.ts';
import type { Vendor } from '../src/runtime/adapter.ts';
import { DenseNetError, LimitError } from '../src/runtime/errors.ts';
import { LARGEST_BATCH, type Workload } from './workloads.ts';

export type Shape = Pick<Workload, 'model' | 'mode' | 'recompute' | 'precision'>;

const training = ({ recompute, precision }: Shape, vendor: Vendor): TrainingOptions => ({
  loss: 'cross-entropy',
  optimizer: 'sgd',
  recompute,
  precision,
  tileConfig: vendorTiles(vendor),
});

/**
 * @param vendor whose GPUs' default tiles
 * @throws LimitError with the largest batch that fits
 */
export function planOf(shape: Shape, batch: number, limits: DeviceLimits, vendor: Vendor = 'unknown'): Plan<unknown> {
  const network = buildNetwork(PRESETS[shape.model]);
  return shape.mode === 'inference'
    ? compileInference(network, batch, limits, { precision: shape.precision, tileConfig: vendorTiles(vendor) })
    : compileTraining(network, batch, training(shape, vendor), limits);
}

/**
 * The largest batch whose plan keeps to the device's limits and to `room` bytes in all, which WebGPU does not report.
 * @throws LimitError where not one image fits
 */
export function largestFitting(shape: Shape, limits: DeviceLimits, room: number, vendor: Vendor = 'unknown'): number {
  const network = buildNetwork(PRESETS[shape.model]);
  const largest = largestBatch(LARGEST_BATCH + 1, (batch) => fits(network, shape, batch, { limits, room, vendor }));
  if (largest === 0) throw new LimitError(`${shape.model} in ${Math.round(room / 2 ** 20)} MiB`, 0);
  return largest;
}

interface Room {
  readonly limits: DeviceLimits;
  /** Bytes in all. */
  readonly room: number;
  readonly vendor: Vendor;
}

function fits(network: Network, shape: Shape, batch: number, { limits, room, vendor }: Room): boolean {
  try {
    const { plan, readback } =
      shape.mode === 'inference'
        ? recordInference(network, batch, { precision: shape.precision, tileConfig: vendorTiles(vendor) })
        : recordTraining(network, batch, training(shape, vendor));
    return exceeds(plan.program, limits) === undefined && forecast(plan.program, batch, readback).total <= room;
  } catch (error) {
    // Batch statistics over one value.
    if (error instanceof DenseNetError) return false;
    throw error;
  }
}

/** A plan of `batch` images as a host is asked for it: cross-entropy and SGD, as the benchmark trains. */
export const planRequestOf = (
  { model, mode, recompute = false, precision = 'f32' }: Pick<Shape, 'model' | 'mode'> & Partial<Shape>,
  batch: number,
): PlanRequest => ({
  config: PRESETS[model],
  mode,
  batch,
  recompute,
  precision,
  loss: 'cross-entropy',
  optimizer: 'sgd',
});
