import { describe, expect, it } from 'vitest';
import { ConfigError, DataError, DeviceLostError, NoGpuError } from '../../src/runtime/errors.ts';
import type { Browser } from '../../ui/gpu-problem.ts';
import { en } from '../text/en.ts';
import { ko } from '../text/ko.ts';
import { describeError, errorText, type PageError } from './page-error.ts';

const browser = (userAgent: string, rest: Partial<Browser> = {}): Browser => ({
  userAgent,
  secure: true,
  hasWebGpu: false,
  ...rest,
});
const CHROME_LINUX =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 Safari/537.36';
const titleOf = (error: PageError) => errorText(error, en.errors).title;
const none = new NoGpuError('this browser has no WebGPU');

describe('help', () => {
  it.each([
    ['Chrome', CHROME_LINUX, /chrome:\/\/flags.*Vulkan/],
    ['Edge', `${CHROME_LINUX.replace('X11; Linux x86_64', 'Windows NT 10.0')} Edg/147.0.0.0`, /edge:\/\/flags/],
    ['Firefox', 'Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0', /about:config/],
    ['Safari', 'Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15', /26/],
  ])('says how %s turns WebGPU on', (_, userAgent, expected) => {
    for (const { errors } of [en, ko]) {
      expect(errorText(describeError(none, browser(userAgent)), errors).help.join(' ')).toMatch(expected);
    }
  });

  it('tells a missing WebGPU, a missing GPU and an insecure page apart', () => {
    const titles = [{}, { hasWebGpu: true }, { secure: false }].map((rest) =>
      titleOf(describeError(none, browser(CHROME_LINUX, rest))),
    );
    expect(new Set(titles).size).toBe(3);
  });

  it('tells a GPU that was lost or silent while it was opened from none', () => {
    const there = browser(CHROME_LINUX, { hasWebGpu: true });
    const lost = titleOf(describeError(new DeviceLostError('reset'), there));
    for (const reason of ['lost', 'timeout'] as const) {
      expect(titleOf(describeError(new NoGpuError('while it was opened', { reason }), there))).toBe(lost);
    }
    expect(titleOf(describeError(none, there))).not.toBe(lost);
  });

  it('keeps the error’s own words, and has a sentence for each kind', () => {
    const thrown = [
      new DeviceLostError('reset'),
      new DataError('a.png', 0, 'cut'),
      new ConfigError('a', 1, 'b'),
      'odd',
    ];
    const errors = thrown.map((error) => describeError(error, browser(CHROME_LINUX)));
    expect(new Set(errors.map(titleOf)).size).toBe(4);
    expect(errors[1]?.detail).toBe('a.png: at byte 0: cut');
    expect(errors[3]?.detail).toBe('odd');
  });
});
