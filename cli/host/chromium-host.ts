// Chromium as a host: a page of a headless browser that playwright drives.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import type { Browser, LaunchOptions } from 'playwright';
import { NoGpuError } from '../../src/runtime/errors.ts';
import { atExit, type HostProcess, type Launch } from './host-process.ts';
import type { SoftwareGpu } from './software-gpu.ts';
import { TextTail } from './text-tail.ts';

/** What playwright's `launch` is given; `env` is beside this process's own. */
export type BrowserOptions = Omit<LaunchOptions, 'env'> & { readonly env?: Readonly<Record<string, string>> };

/** Playwright's options for a browser with WebGPU. `browser` is where it is, as playwright wants it said. */
export function chromiumOptions(
  gpu: 'hardware' | 'software',
  browser: Pick<LaunchOptions, 'executablePath' | 'channel'>,
): BrowserOptions {
  // Developer features: adapters say their names, and timestamps are not rounded to 100 microseconds.
  const args = ['--enable-unsafe-webgpu', '--enable-webgpu-developer-features'];
  if (gpu === 'software') args.push('--use-webgpu-adapter=swiftshader');
  else {
    args.push('--ignore-gpu-blocklist');
    // Elsewhere the system's own interface is found without being told.
    if (process.platform === 'linux') args.push('--enable-features=Vulkan', '--use-angle=vulkan');
  }
  // The end of this process ends the browser, whatever signal came.
  return { ...browser, args, handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false };
}

/** Playwright's options for the browser of `@sparticuz/chromium`. */
export function bundledChromiumOptions(gpu: 'hardware' | 'software', software: SoftwareGpu): BrowserOptions {
  const options = chromiumOptions(gpu, { executablePath: software.chromium });
  const folders = [...software.libraryFolders, process.env.LD_LIBRARY_PATH].filter((folder) => folder);
  return {
    ...options,
    args: [...(options.args ?? []), '--headless=shell', '--no-sandbox'],
    env: {
      LD_LIBRARY_PATH: folders.join(':'),
      FONTCONFIG_PATH: process.env.FONTCONFIG_PATH ?? software.fonts,
    },
  };
}

/** The options as playwright takes them, for which `env` is the browser's whole environment. */
export function playwrightOptions(options: BrowserOptions): LaunchOptions {
  const variables = Object.entries({ ...process.env, ...options.env });
  const set = variables.filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { ...options, env: Object.fromEntries(set) };
}

/** How a browser with a page is started. @throws NoGpuError when the browser does not start. */
export const launchChromium =
  (options: BrowserOptions): Launch =>
  async (url, onExit) => {
    const { chromium } = await import('playwright').catch((cause) => {
      throw new NoGpuError('host chromium needs the npm package playwright: npm install playwright', { cause });
    });
    // What a browser that is ended at once cannot remove itself goes with this folder.
    const scratch = mkdtempSync(join(tmpdir(), 'densenet-webgpu-'));
    const remove = () => rmSync(scratch, { recursive: true, force: true, maxRetries: 3 });
    const forget = atExit(remove);
    const removeScratch = () => {
      forget();
      remove();
    };
    let browser: Browser;
    try {
      browser = await chromium.launch(playwrightOptions({ ...options, env: { ...options.env, TMPDIR: scratch } }));
    } catch (cause) {
      removeScratch();
      const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
      throw new NoGpuError(`${options.executablePath ?? options.channel} does not start: ${reason}`, { cause });
    }
    const words = new TextTail();
    const page = await browser.newPage();
    page.on('console', (entry) => words.add(`${entry.text()}\n`));
    page.on('pageerror', (error) => words.add(`${error.message}\n`));
    page.on('crash', () => onExit('crashed'));
    page.on('close', () => onExit('closed its page'));
    browser.on('disconnected', () => onExit('ended'));
    await page.goto(`${url}page`);
    return browserProcess(browser, words, removeScratch);
  };

function browserProcess(browser: Browser, words: TextTail, removeScratch: () => void): HostProcess {
  const close = () => browser.close().catch(() => undefined);
  return {
    lastWords: () => words.toString(),
    // Playwright ends its browsers when this process exits; until then, asking is all.
    kill: close,
    close: async () => {
      await close();
      removeScratch();
    },
  };
}
