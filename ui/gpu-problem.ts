// Why a page cannot compute: the problem by kind, in English, and how the visitor's browser gets WebGPU. What a page speaks
// besides, it says of the same kinds.

import { DeviceLostError, LimitError, NoGpuError } from '../src/runtime/errors.ts';

export const GPU_PROBLEMS = {
  insecure: {
    title: 'This page needs WebGPU, which browsers give only to secure pages.',
    help: 'Open it over https, or from localhost on the machine that serves it.',
  },
  noWebGpu: { title: 'This page needs WebGPU, and this browser does not have it turned on.', help: '' },
  noAdapter: {
    title: 'This browser has WebGPU, but it found no GPU that it can use.',
    help: 'Update the graphics driver, and see that hardware acceleration is on in the browser’s settings.',
  },
  lost: {
    title: 'The GPU was lost, and restarting the engine did not help.',
    help: 'A driver that was reset or updated, or a laptop that switched GPUs, does this. Try again in a moment; if that fails, restart the browser.',
  },
  limit: { title: 'This does not fit the GPU.', help: 'Choose something smaller.' },
} as const;
export type GpuProblem = keyof typeof GPU_PROBLEMS;

export const TURN_ON_WEBGPU = {
  firefox: 'Firefox: open about:config, set dom.webgpu.enabled to true, and restart it.',
  chrome:
    'Chrome: open chrome://flags, enable “Unsafe WebGPU Support”, and restart it. Versions before 113 have no WebGPU.',
  chromeLinux:
    'Chrome: open chrome://flags, enable “Unsafe WebGPU Support”, and “Vulkan” too, and restart it. Versions before 113 have no WebGPU.',
  edge: 'Edge: open edge://flags, enable “Unsafe WebGPU Support”, and restart it. Versions before 113 have no WebGPU.',
  edgeLinux:
    'Edge: open edge://flags, enable “Unsafe WebGPU Support”, and “Vulkan” too, and restart it. Versions before 113 have no WebGPU.',
  safari: 'Safari: WebGPU comes with version 26; update the system.',
  other: 'Current versions of Chrome, Edge, Firefox and Safari have WebGPU.',
} as const;
export type TurnOn = keyof typeof TURN_ON_WEBGPU;

export interface Browser {
  readonly userAgent: string;
  /** The page came over https or from localhost. */
  readonly secure: boolean;
  /** `navigator.gpu` is there. */
  readonly hasWebGpu: boolean;
}

/** The browser that this runs in. */
export const thisBrowser = (): Browser => ({
  userAgent: navigator.userAgent,
  secure: isSecureContext,
  hasWebGpu: Boolean(navigator.gpu),
});

/** Undefined for an error that is not about the GPU. */
export function gpuProblemOf(error: unknown, { secure, hasWebGpu }: Browser): GpuProblem | undefined {
  if (error instanceof NoGpuError) {
    // There was one: it was lost, or fell silent, while it was opened.
    if (error.reason !== 'unavailable') return 'lost';
    if (!secure) return 'insecure';
    return hasWebGpu ? 'noAdapter' : 'noWebGpu';
  }
  if (error instanceof DeviceLostError) return 'lost';
  return error instanceof LimitError ? 'limit' : undefined;
}

/** How a browser gets WebGPU, where that may help. */
export function turnOnFor(problem: string | undefined, { userAgent }: Browser): TurnOn | undefined {
  if (problem !== 'noWebGpu' && problem !== 'noAdapter') return undefined;
  const linux = /Linux/.test(userAgent) && !/Android/.test(userAgent);
  if (/Firefox\//.test(userAgent)) return 'firefox';
  if (/Edg\//.test(userAgent)) return linux ? 'edgeLinux' : 'edge';
  if (/Chrome\//.test(userAgent)) return linux ? 'chromeLinux' : 'chrome';
  return /Safari\//.test(userAgent) ? 'safari' : 'other';
}
