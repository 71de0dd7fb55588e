// An error as people see it: what is wrong, what to do, the error's own words, and a way to try again. English only, as
// the page is.

import { h } from 'preact';
import {
  ConfigError,
  DataError,
  DenseNetError,
  DeviceLostError,
  LimitError,
  NoGpuError,
} from '../../src/runtime/errors.ts';

export interface ErrorHelp {
  readonly title: string;
  readonly help: readonly string[];
  /** The error's own words. */
  readonly detail: string;
}

const NO_WEBGPU = 'This page needs WebGPU, and this browser does not have it turned on.';
const TURN_ON = {
  firefox: 'Firefox: open about:config, set dom.webgpu.enabled to true, and restart it.',
  chrome:
    'Chrome: open chrome://flags, enable “Unsafe WebGPU Support” (on Linux “Vulkan” too), and restart it. Versions before 113 have no WebGPU.',
  edge: 'Edge: open edge://flags, enable “Unsafe WebGPU Support” (on Linux “Vulkan” too), and restart it. Versions before 113 have no WebGPU.',
  safari: 'Safari: WebGPU comes with version 26; update the system.',
  other: 'Current versions of Chrome, Edge, Firefox and Safari have WebGPU.',
} as const;

/** What this browser's visitor can do about an error. */
export function describeError(error: unknown): ErrorHelp {
  const detail = error instanceof Error ? error.message : String(error);
  const is = (title: string, ...help: string[]): ErrorHelp => ({ title, help, detail });
  if (error instanceof DeviceLostError || (error instanceof NoGpuError && error.reason !== 'unavailable')) {
    return is(
      'The GPU went away, and starting again did not help.',
      'A driver that was reset or updated, or a laptop that switched GPUs, does this. Try again in a moment; if that fails, restart the browser.',
    );
  }
  if (error instanceof NoGpuError) {
    if (!isSecureContext) {
      return is(
        'This page needs WebGPU, which browsers give only to secure pages.',
        'Open it over https, or from localhost on the machine that serves it.',
      );
    }
    const turnOn = TURN_ON[browserOf(navigator.userAgent)];
    if (!navigator.gpu) return is(NO_WEBGPU, turnOn);
    return is(
      'This browser has WebGPU, but it found no GPU that it can use.',
      'Update the graphics driver, and see that hardware acceleration is on in the browser’s settings.',
      turnOn,
    );
  }
  if (error instanceof LimitError) return is('This does not fit the GPU.', 'Choose something smaller.');
  if (error instanceof ConfigError) return is('That is not possible.', 'Correct the page’s address.');
  if (error instanceof DataError) return is('A file is not what it should be.');
  if (error instanceof DenseNetError) return is('The benchmark stopped.', 'Start it again.');
  return is('Something went wrong that should not.', 'Reload the page.');
}

function browserOf(userAgent: string): keyof typeof TURN_ON {
  if (/Firefox\//.test(userAgent)) return 'firefox';
  if (/Edg\//.test(userAgent)) return 'edge';
  if (/Chrome\//.test(userAgent)) return 'chrome';
  return /Safari\//.test(userAgent) ? 'safari' : 'other';
}

export function ErrorBanner({ error: { title, help, detail }, retry }: { error: ErrorHelp; retry: () => void }) {
  return h('div', { class: 'error-banner', role: 'alert' }, [
    h('h2', null, title),
    ...help.map((line) => h('p', null, line)),
    h('p', { class: 'detail', lang: 'en' }, detail),
    h('button', { type: 'button', onClick: retry }, 'Try again'),
  ]);
}
