// What the last self-test said of a GPU, remembered by the GPU's name: a failure stands until a later run passes.

import { keep, kept } from '../kept.ts';

const FAILED = 'failed';
const key = (gpu: string) => `self-test ${gpu}`;

export const isDistrusted = (gpu: string): boolean => kept(key(gpu)) === FAILED;

export const rememberVerdict = (gpu: string, passed: boolean): void => keep(key(gpu), passed ? null : FAILED);
