// The WGSL functions that families share, each a file beside this one.

import type { Part } from '../../runtime/kernel.ts';
import activationSource from './activation.wgsl?raw';
import correctionSource from './correction.wgsl?raw';
import exponentialSource from './exponential.wgsl?raw';
import finiteSource from './finite.wgsl?raw';
import gradientSource from './gradient.wgsl?raw';
import groupsSource from './groups.wgsl?raw';
import lanesSource from './lanes.wgsl?raw';
import lanesSubgroups from './lanes-subgroups.wgsl?raw';
import modulationSource from './modulation.wgsl?raw';
import putF16Source from './put-f16.wgsl?raw';
import randomSource from './random.wgsl?raw';
import reluSource from './relu.wgsl?raw';
import stepSource from './step.wgsl?raw';
import workgroupSumSource from './workgroup-sum.wgsl?raw';

/** `relu`, and `passes`: whether it lets the gradient through. */
export const relu: Part = { name: 'relu', source: reluSource };
/** `activate`: batch norm and ReLU of a value; has the part `relu` in it. */
export const activation: Part = { name: 'activation', source: activationSource + reluSource };
/** `corrected`: the deferred part of batch norm's backward. */
export const correction: Part = { name: 'correction', source: correctionSource };
/** `exponential`, `logarithm1p`: accurate where the losses need it. Needs the part `finite`. */
export const exponential: Part = { name: 'exponential', source: exponentialSource };
/** `is_nan`, `is_finite`: of the bits. */
export const finite: Part = { name: 'finite', source: finiteSource };
/** `accumulated`: a parameter's gradient over micro-batches. */
export const gradient: Part = { name: 'gradient', source: gradientSource };
/** `group_of`: what a parameter group multiplies the learning rate and the weight decay by. */
export const groups: Part = { name: 'groups', source: groupsSource };
/** `over_lanes`: one value from neighbouring invocations of a workgroup. */
export const lanes: Part = { name: 'lanes', source: lanesSource, subgroups: lanesSubgroups };
/** `modulation`: focal loss's (1 - p)^gamma. Needs the parts `exponential` and `finite`. */
export const modulation: Part = { name: 'modulation', source: modulationSource };
/** `random_at`, `keep`: counter-based random numbers, for dropout. */
export const random: Part = { name: 'random', source: randomSource };
/** `struct Step`: what changes from step to step; its fields are STEP_FIELDS. */
export const step: Part = { name: 'step', source: stepSource };
/** `workgroup_sum`: the sum of a vec2f over a workgroup of 64 invocations. */
export const workgroupSum: Part = { name: 'workgroup-sum', source: workgroupSumSource };

/** `put_pair` and `put_one`, for an `out` of f16 values. */
export const putF16: Part = { name: 'put-f16', source: putF16Source };

/**
 * `store`, a kernel's own way to write its results to `out`: `source` where that holds float32, and `f16Source` where it
 * holds f16, which has `put_pair` and `put_one` for columns that share a word.
 */
export const storePart = (name: string, source: string, f16Source: string): Part => ({
  name,
  source,
  f16Source: f16Source + putF16Source,
});
