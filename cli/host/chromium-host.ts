// Chromium as a host: a page of a headless browser that playwright drives.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { stripVTControlCharacters } from 'node:util';
import type { Browser, LaunchOptions } from 'playwright';
import { NoGpuError } from '../../src/runtime/errors.ts';
import { atExit, type HostProcess, type Launch, TextTail } from './host-process.ts';
import type { SoftwareGpu } from './software-gpu.ts';

/** What playwright's `launch` is given; `env` is beside this process's own. */
export type BrowserOptions = Omit<LaunchOptions, 'env'> & { readonly env?: Readonly<Record<string, string>> };

/**
 * `compiles-sooner`: a software GPU does not clear workgroup memory, which takes SwiftShader seconds per pipeline and which no kernel
 * of ours relies on. `as-visitors-have`: it does, as in any browser. Libraries that use no workgroup memory gain nothing from the
 * former, so that libraries are compared with the latter only.
 */
export type BrowserFlags = 'compiles-sooner' | 'as-visitors-have';

/** Playwright's options for a browser with WebGPU. `browser` is where it is, in playwright's form. */
export function chromiumOptions(
  gpu: 'hardware' | 'software',
  browser: Pick<LaunchOptions, 'executablePath' | 'channel'>,
  flags: BrowserFlags = 'compiles-sooner',
): BrowserOptions {
  // Developer features: adapters say their names, and timestamps are not rounded to 100 microseconds.
  const args = ['--enable-unsafe-webgpu', '--enable-webgpu-developer-features'];
  if (gpu === 'software') {
    args.push('--use-webgpu-adapter=swiftshader');
    if (flags === 'compiles-sooner') args.push('--enable-dawn-features=disable_workgroup_init');
  } else {
    args.push('--ignore-gpu-blocklist');
    // Elsewhere the system's own interface is found by default.
    if (process.platform === 'linux') args.push('--enable-features=Vulkan', '--use-angle=vulkan');
  }
  // The end of this process ends the browser, whatever signal came.
  return { ...browser, args, handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false };
}

/** Playwright's options for the browser of `@sparticuz/chromium`. */
export function bundledChromiumOptions(
  gpu: 'hardware' | 'software',
  software: SoftwareGpu,
  flags?: BrowserFlags,
): BrowserOptions {
  const options = chromiumOptions(gpu, { executablePath: software.chromium }, flags);
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

/** How a browser with a page is started. @throws NoGpuError when the browser or its page does not. */
export const launchChromium =
  (options: BrowserOptions): Launch =>
  async (url, onExit) => {
    const { chromium } = await import('playwright').catch((cause) => {
      throw new NoGpuError('host chromium needs the npm package playwright: npm install playwright', { cause });
    });
    const output = new TextTail();
    const scratch = scratchFolder();
    let browser: Browser | undefined;
    try {
      const env = { ...options.env, TMPDIR: scratch.path };
      browser = await chromium.launch(playwrightOptions({ ...options, env }));
      browser.on('disconnected', () => onExit('ended'));
      await openPage(browser, `${url}page`, output, onExit);
      return browserProcess(browser, output, scratch.remove);
    } catch (cause) {
      await browser?.close().catch(() => undefined);
      scratch.remove();
      throw new NoGpuError(`it does not start: ${launchProblem(cause)}`, { cause });
    }
  };

async function openPage(browser: Browser, url: string, output: TextTail, onExit: (how: string) => void): Promise<void> {
  const page = await browser.newPage();
  page.on('console', (entry) => output.add(`${entry.text()}\n`));
  page.on('pageerror', (error) => output.add(`${error.message}\n`));
  page.on('crash', () => onExit('crashed'));
  page.on('close', () => onExit('closed its page'));
  await page.goto(url);
}

/** A temporary folder for the browser: what one that is ended at once leaves there goes with it. */
function scratchFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'densenet-webgpu-'));
  const removeNow = () => rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  const forget = atExit(removeNow);
  return {
    path,
    remove: () => {
      forget();
      removeNow();
    },
  };
}

/** One line out of playwright's many: the browser's own last message where there is one. */
function launchProblem(thrown: unknown): string {
  const lines = stripVTControlCharacters(thrown instanceof Error ? thrown.message : String(thrown)).split('\n');
  const own = lines.map((line) => /\[err\] (.+)/.exec(line)?.[1]).filter((line) => line !== undefined);
  return own.at(-1) ?? lines[0] ?? '';
}

function browserProcess(browser: Browser, output: TextTail, removeScratch: () => void): HostProcess {
  const close = () => browser.close().catch(() => undefined);
  return {
    stderrTail: () => output.toString(),
    // Playwright ends its browsers when this process exits; until then, asking is all.
    kill: close,
    close: async () => {
      await close();
      removeScratch();
    },
  };
}
