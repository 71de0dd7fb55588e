// A test of a page: the built page on a plain server, in a Chromium with WebGPU. Every such test also holds that the
// console stays clean, that no script fails, and that nothing is asked of another origin.

import { type Browser, chromium, expect, type Page } from 'playwright/test';
import {
  type BrowserOptions,
  bundledChromiumOptions,
  chromiumOptions,
  playwrightOptions,
} from '../../../cli/host/chromium-host.ts';
import { installedBrowsers } from '../../../cli/host/gpu-choice.ts';
import { softwareGpu } from '../../../cli/host/software-gpu.ts';
import { gpuChoice } from '../fixtures/host-test.ts';
import { serverTest } from '../fixtures/page-server.ts';

interface WorkerFixtures {
  readonly gpuBrowser: Browser;
}

interface TestFixtures {
  readonly openPage: OpenPage;
}

export interface OpenOptions {
  readonly width?: number;
  /** Runs first in the page's worker and in the page: a browser that lacks or loses something. */
  readonly prelude?: string;
  /** What the test expects on the console; anything else fails it. */
  readonly console?: RegExp;
  /** The page may keep itself for use without a network; else it may not: what it kept would answer in a test's stead. */
  readonly offline?: boolean;
  /** In the same browser as this page: another tab of it, or the page again after it was closed. */
  readonly beside?: Page;
}

const BLOCKED = /^Service Worker registration blocked by Playwright/;

export type OpenPage = (path: string, options?: OpenOptions) => Promise<Page>;

async function browserOptions(): Promise<BrowserOptions> {
  if (gpuChoice() !== 'hardware') return bundledChromiumOptions('software', await softwareGpu());
  const [executablePath] = installedBrowsers();
  if (!executablePath) throw new Error('GPU=hardware needs an installed Chrome or Chromium');
  return chromiumOptions('hardware', { executablePath });
}

export const test = serverTest.extend<TestFixtures, WorkerFixtures>({
  gpuBrowser: [
    // biome-ignore lint/correctness/noEmptyPattern: playwright reads the names out of the pattern
    async ({}, use) => {
      const browser = await chromium.launch(playwrightOptions(await browserOptions()));
      await use(browser);
      await browser.close();
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  openPage: async ({ server, gpuBrowser }, use) => {
    const noise: string[] = [];
    const closers: (() => Promise<void>)[] = [];
    await use(async (path, { width = 1280, prelude, console: expected, offline = false, beside } = {}) => {
      const fresh = () =>
        gpuBrowser.newContext({
          viewport: { width, height: 900 },
          serviceWorkers: offline ? 'allow' : 'block',
        });
      const context = beside?.context() ?? (await fresh());
      if (!beside) closers.push(() => context.close());
      const page = await context.newPage();
      // Before its context: a script still on its way is then no error.
      closers.unshift(async () => {
        if (!page.isClosed()) await page.unrouteAll({ behavior: 'ignoreErrors' });
      });
      page.on('console', (entry) => {
        if (!expected?.test(entry.text()) && !BLOCKED.test(entry.text()))
          noise.push(`console ${entry.type()}: ${entry.text()}`);
      });
      page.on('pageerror', (error) => noise.push(`error: ${error.message}`));
      // Of the context: those of service workers too.
      if (!beside)
        context.on('request', (request) => {
          const url = request.url();
          if (!url.startsWith(server.url) && !url.startsWith(`blob:${server.origin}`)) noise.push(`request: ${url}`);
        });
      page.on('response', (response) => {
        if (!response.ok()) noise.push(`response ${response.status()}: ${response.url()}`);
      });
      if (prelude) await addPrelude(page, prelude);
      await page.goto(server.url + path);
      return page;
    });
    for (const close of closers) await close();
    expect(noise, 'a clean console, and no request elsewhere').toEqual([]);
  },
});

async function addPrelude(page: Page, prelude: string): Promise<void> {
  await page.addInitScript(prelude);
  await page.route(/\/worker-[^/]*\.js$/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `${prelude};\n${await response.text()}` });
  });
}

/** The page does not scroll sideways. */
export async function expectFits(page: Page): Promise<void> {
  const { scrollWidth, clientWidth } = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return { scrollWidth, clientWidth };
  });
  expect(scrollWidth).toBeLessThanOrEqual(clientWidth);
}

/** A browser without WebGPU, and one that has it and no GPU. */
export const NO_WEBGPU = `Object.defineProperty(navigator, 'gpu', { value: undefined })`;
export const NO_ADAPTER = `if (navigator.gpu) navigator.gpu.requestAdapter = async () => null`;
/** Lets a test lose the devices that the page's worker has. */
export const KEEP_DEVICES = `
  if (self.GPUAdapter) {
    const request = GPUAdapter.prototype.requestDevice;
    self.keptDevices = [];
    GPUAdapter.prototype.requestDevice = async function (...given) {
      const device = await request.apply(this, given);
      self.keptDevices.push(device);
      return device;
    };
  }`;
/** Counts bytes of buffers and textures alive on the worker's devices: `gpuBytes()`. */
export const COUNT_GPU_BYTES = `
  if (self.GPUDevice && !self.document) {
    const devices = new Map();
    self.gpuBytes = () => [...devices.values()].reduce((sum, made) => sum + [...made.values()].reduce((a, b) => a + b, 0), 0);
    const count = (name, sizeOf) => {
      const create = GPUDevice.prototype[name];
      GPUDevice.prototype[name] = function (given) {
        const object = create.call(this, given);
        if (!devices.has(this)) devices.set(this, new Map());
        devices.get(this).set(object, sizeOf(object));
        return object;
      };
    };
    const forget = (proto) => {
      const { destroy } = proto;
      proto.destroy = function () {
        for (const made of devices.values()) made.delete(this);
        return destroy.call(this);
      };
    };
    count('createBuffer', (buffer) => buffer.size);
    count('createTexture', (texture) => texture.width * texture.height * texture.depthOrArrayLayers * 4);
    forget(GPUBuffer.prototype);
    forget(GPUTexture.prototype);
    const { destroy } = GPUDevice.prototype;
    GPUDevice.prototype.destroy = function () {
      devices.delete(this);
      return destroy.call(this);
    };
  }`;

/** One kernel's results have the other sign. */
export const BROKEN_WEIGHT_GRADIENT = `
  if (self.GPUDevice) {
    const create = GPUDevice.prototype.createShaderModule;
    GPUDevice.prototype.createShaderModule = function (given) {
      if (given.label !== 'conv3x3/backward-weight') return create.call(this, given);
      const wrong = given.code.replace(/= ?(left|middle|right)\\[/g, '= -$1[');
      if (wrong === given.code) throw new Error('the text of conv3x3/backward-weight has changed');
      return create.call(this, { ...given, code: wrong });
    };
  }`;

/**
 * Loses every device of the page's worker: of the newest, which may not have opened one yet, while one that was ended
 * may still be listed. It answers first and loses them in a task of its own: the page ends a worker that has lost one.
 */
export async function loseDevices(page: Page): Promise<void> {
  await expect(async () => {
    const lost = await page
      .workers()
      .at(-1)
      ?.evaluate(() => {
        const { keptDevices = [] } = globalThis as { keptDevices?: GPUDevice[] };
        const devices = keptDevices.splice(0);
        setTimeout(() => {
          for (const device of devices) device.destroy();
        });
        return devices.length;
      });
    expect(lost).toBeGreaterThan(0);
  }).toPass();
}

export { expect } from 'playwright/test';
