// What is wrong, in a sentence for people, and what they can do about it in the browser they have.

import {
  ConfigError,
  DataError,
  DenseNetError,
  DeviceLostError,
  LimitError,
  NoGpuError,
  NotFiniteError,
} from '../../src/runtime/errors.ts';

export interface Trouble {
  readonly title: string;
  /** The error's own words. */
  readonly detail: string;
  readonly advice: readonly string[];
}

export interface Browser {
  readonly userAgent: string;
  /** The page came over https or from localhost. */
  readonly secure: boolean;
  /** `navigator.gpu` is there. */
  readonly hasWebGpu: boolean;
}

export function describeTrouble(error: unknown, browser: Browser): Trouble {
  const detail = error instanceof Error ? error.message : String(error);
  return { ...explain(error, browser), detail };
}

/** The same, in the browser that this runs in. */
export const troubleHere = (error: unknown): Trouble =>
  describeTrouble(error, {
    userAgent: navigator.userAgent,
    secure: isSecureContext,
    hasWebGpu: Boolean(navigator.gpu),
  });

function explain(error: unknown, browser: Browser): Omit<Trouble, 'detail'> {
  if (error instanceof NoGpuError) return noGpu(browser);
  if (error instanceof DeviceLostError) {
    return {
      title: 'The GPU went away while this page was using it.',
      advice: [
        'A driver that was reset or updated, or a laptop that switched GPUs, does this. Start the engine again.',
      ],
    };
  }
  if (error instanceof LimitError)
    return { title: 'This does not fit the GPU.', advice: ['Choose something smaller.'] };
  if (error instanceof NotFiniteError) {
    return { title: 'The training ran away: its loss is not a number any more.', advice: ['Lower the learning rate.'] };
  }
  if (error instanceof ConfigError) return { title: 'That cannot be.', advice: ['Choose something else.'] };
  if (error instanceof DataError) return { title: 'A file is not what it should be.', advice: [] };
  if (error instanceof DenseNetError) return { title: 'The engine stopped.', advice: ['Start it again.'] };
  return { title: 'Something went wrong that should not.', advice: ['Reload the page.'] };
}

function noGpu({ userAgent, secure, hasWebGpu }: Browser): Omit<Trouble, 'detail'> {
  if (!secure) {
    return {
      title: 'This page needs WebGPU, which browsers give only to secure pages.',
      advice: ['Open it over https, or from localhost on the machine that serves it.'],
    };
  }
  if (!hasWebGpu)
    return {
      title: 'This page needs WebGPU, and this browser does not have it turned on.',
      advice: [turnOn(userAgent)],
    };
  return {
    title: 'This browser has WebGPU, but it found no GPU that it can use.',
    advice: [
      'Update the graphics driver, and see that hardware acceleration is on in the browser’s settings.',
      turnOn(userAgent),
    ],
  };
}

function turnOn(userAgent: string): string {
  const linux = /Linux/.test(userAgent) && !/Android/.test(userAgent);
  if (/Firefox\//.test(userAgent)) {
    return 'Firefox: open about:config, set dom.webgpu.enabled to true, and restart it.';
  }
  if (/Edg\/|Chrome\//.test(userAgent)) {
    const name = /Edg\//.test(userAgent) ? 'Edge' : 'Chrome';
    const flags = /Edg\//.test(userAgent) ? 'edge://flags' : 'chrome://flags';
    const vulkan = linux ? ', and “Vulkan” too' : '';
    return `${name}: open ${flags}, enable “Unsafe WebGPU Support”${vulkan}, and restart it. Versions before 113 have no WebGPU.`;
  }
  if (/Safari\//.test(userAgent)) return 'Safari: WebGPU comes with version 26; update the system.';
  return 'Current versions of Chrome, Edge, Firefox and Safari have WebGPU.';
}
