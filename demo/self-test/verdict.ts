// What the last self-test said of a GPU, remembered by the GPU's name: a failure stands until a later run passes.

import { setting, storeSetting } from '../settings.ts';

const FAILED = 'failed';
const key = (gpu: string) => `self-test ${gpu}`;

export const isDistrusted = (gpu: string): boolean => setting(key(gpu)) === FAILED;

export const rememberVerdict = (gpu: string, passed: boolean): void => storeSetting(key(gpu), passed ? null : FAILED);
