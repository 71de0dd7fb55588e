// Drives the built bench page through a comparison with other libraries: serves it on this machine, opens it in
// Chromium and takes the JSON that it writes to its console.

import type { Page } from 'playwright';
import { type Report, SCHEMA } from '../bench/terminal.ts';
import { GpuError, NoGpuError } from '../src/runtime/errors.ts';
import { type BrowserOptions, playwrightOptions } from './host/chromium-host.ts';
import { serveFolder } from './host/static-server.ts';

export interface BenchPageOptions {
  /** Of `tfjs`, `onnx`, `jax`, separated by commas; ours is always there. */
  readonly baselines: string;
  /** `MODEL:MODE:BATCH`, several separated by commas; the model may be `tiny`. */
  readonly run: string;
  readonly repeats?: number;
  /** Seconds of repeats after which a library begins no more. */
  readonly seconds?: number;
  /** Seconds that a library may take for any one thing. */
  readonly timeout?: number;
  readonly browser: BrowserOptions;
  /** The built page. */
  readonly folder: string;
  /** Called with what is under way, in the page's words, whenever they change. */
  readonly onProgress?: (text: string) => void;
}

const POLL_INTERVAL = 500;

/**
 * The page's report, its section `peers` filled.
 * @throws GpuError with the page's own words where it cannot measure, or where the browser ends; NoGpuError without playwright
 */
export async function driveBenchPage(options: BenchPageOptions): Promise<Report> {
  const { baselines, run, repeats, seconds, timeout, folder, onProgress = () => undefined } = options;
  const { chromium } = await import('playwright').catch((cause) => {
    throw new NoGpuError('other libraries run in a browser, by the npm package playwright: npm install playwright', {
      cause,
    });
  });
  const server = await serveFolder(folder);
  const browser = await chromium.launch(playwrightOptions(options.browser));
  try {
    const page = await browser.newPage();
    const query = new URLSearchParams({ baselines, run });
    for (const [name, value] of Object.entries({ repeats, seconds, timeout })) {
      if (value !== undefined) query.set(name, String(value));
    }
    const written = reportOf(page);
    const stopFollowing = follow(page, onProgress);
    try {
      const [report] = await Promise.all([written, page.goto(`${server.url}?${query}`)]);
      // The page does not know how its browser was started.
      return { ...report, flags: options.browser.args ?? [] };
    } finally {
      stopFollowing();
    }
  } finally {
    await browser.close();
    await server.close();
  }
}

/** The report, once the page has written it; rejects where the page says what keeps it from measuring. */
function reportOf(page: Page): Promise<Report> {
  return new Promise((resolve, reject) => {
    const words: string[] = [];
    page.on('console', (entry) => {
      const text = entry.text();
      if (text.startsWith(`{"schema":"${SCHEMA}"`)) resolve(JSON.parse(text));
      else words.push(text);
    });
    page.on('crash', () => reject(new GpuError(`the bench page crashed: ${words.at(-1) ?? 'without a word'}`)));
    page.on('close', () => reject(new GpuError('the browser closed the bench page')));
    page
      .getByRole('alert')
      .first()
      .waitFor({ timeout: 0 })
      .then(async () => reject(new GpuError((await page.getByRole('alert').first().textContent()) ?? '')))
      // The page was closed, which was told above or is how every run ends.
      .catch(() => undefined);
  });
}

function follow(page: Page, onProgress: (text: string) => void): () => void {
  let last = '';
  const look = async () => {
    const words = await page
      .locator('.baselines .status')
      .textContent({ timeout: POLL_INTERVAL })
      .catch(() => null);
    if (words && words !== last) onProgress(words);
    last = words ?? last;
  };
  const timer = setInterval(look, POLL_INTERVAL);
  return () => clearInterval(timer);
}
