// `densenet bench --baselines`: other libraries beside this one. They need a browser, so the built benchmark page does it all.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseBaselines, parseBaselineWorkloads, type Report } from '../bench/terminal.ts';
import { ConfigError, NoGpuError } from '../src/runtime/errors.ts';
import { driveBenchPage } from './bench-page-driver.ts';
import { type BrowserOptions, bundledChromiumOptions, chromiumOptions } from './host/chromium-host.ts';
import { type GpuChoice, installedBrowsers, mayHaveHardware } from './host/gpu-choice.ts';
import { packageRoot } from './host/package-root.ts';
import { softwareGpu } from './host/software-gpu.ts';
import { note } from './output.ts';

export interface BenchBaselinesOptions {
  /** Of `tfjs`, `onnx`, `jax`, separated by commas. */
  readonly baselines: string;
  /** `MODEL:MODE:BATCH`, several separated by commas; the model may be `tiny`. */
  readonly run: string;
  readonly repeats: number;
  readonly seconds: number;
  readonly gpu: GpuChoice;
}

/**
 * The page's report, its section `peers` filled.
 * @throws ConfigError for what cannot be asked, before a browser starts; NoGpuError; GpuError as driveBenchPage
 */
export async function benchBaselines({ gpu, ...options }: BenchBaselinesOptions): Promise<Report> {
  parseBaselines(options.baselines);
  if (parseBaselineWorkloads(options.run).length === 0)
    throw new ConfigError('--run', options.run, 'names no workload');
  const folder = join(packageRoot, 'dist/bench');
  if (!existsSync(join(folder, 'index.html'))) {
    throw new ConfigError(
      '--baselines',
      options.baselines,
      'needs the benchmark page, which only a checkout of the sources has',
    );
  }
  return driveBenchPage({ ...options, browser: await browserFor(gpu), folder, onProgress: note });
}

async function browserFor(gpu: GpuChoice): Promise<BrowserOptions> {
  const [executablePath] = installedBrowsers();
  if (gpu === 'hardware' && !executablePath) {
    throw new NoGpuError('other libraries on a hardware GPU need an installed Chrome or Chromium');
  }
  const hardware = gpu === 'hardware' || (gpu === 'auto' && mayHaveHardware());
  if (hardware && executablePath) return chromiumOptions('hardware', { executablePath }, 'as-visitors-have');
  return bundledChromiumOptions('software', await softwareGpu(), 'as-visitors-have');
}
