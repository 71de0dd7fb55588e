// Node as a host: this very Node, with the npm package `webgpu`.
import process from 'node:process';
import { type ChildProgram, launchChild } from './child-host.ts';
import type { Launch } from './host-process.ts';

export const launchNode = (program: string, env: ChildProgram['env'], dawnFeatures: string | undefined): Launch =>
  launchChild({
    command: process.execPath,
    args: [program],
    env: { ...env, ...(dawnFeatures ? { DENSENET_DAWN_FEATURES: dawnFeatures } : {}) },
    passOutput: dawnFeatures !== undefined,
  });
