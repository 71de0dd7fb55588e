import type { Part } from '../../runtime/kernel.ts';
import source from './workgroup-sum.wgsl?raw';

/** `workgroup_sum`: the sum of a vec2f over a workgroup of 64 invocations. */
export const workgroupSum: Part = { name: 'pool/workgroup-sum', source };
