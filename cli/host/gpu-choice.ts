// Which GPU, and for Chromium which browser, in which order: hardware before software, what is installed before what npm
// brings. An attempt counts only when the host starts, has WebGPU, and its adapter is of the kind that was asked for.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { DAWN_FEATURES } from '../../src/node/dawn.ts';
import { NoGpuError } from '../../src/runtime/errors.ts';
import { launchDeno, launchNode } from './child-host.ts';
import { bundledChromiumOptions, chromiumOptions, launchChromium } from './chromium-host.ts';
import type { Launch } from './host-process.ts';
import { type SoftwareGpu, softwareGpu } from './software-gpu.ts';

export const HOSTS = ['chromium', 'node', 'deno'] as const;
export type CliHost = (typeof HOSTS)[number];

export const GPU_CHOICES = ['auto', 'hardware', 'software'] as const;
export type GpuChoice = (typeof GPU_CHOICES)[number];

export interface Attempt {
  /** What is tried, for messages. */
  readonly name: string;
  readonly gpu: 'hardware' | 'software';
  /** Prepares and gives the way to start it. @throws NoGpuError when a part of it is missing. */
  prepare(): Promise<Launch>;
}

export interface AttemptOptions {
  readonly host: CliHost;
  readonly gpu: GpuChoice;
  readonly dawnFeatures: string | undefined;
  /** The host's bundle. */
  readonly program: string;
}

/** What to try, best first. */
export function attempts(options: AttemptOptions): readonly Attempt[] {
  const kinds = options.gpu === 'auto' ? (['hardware', 'software'] as const) : [options.gpu];
  const list = options.host === 'chromium' ? chromiumAttempts : childAttempts;
  return kinds
    .filter((gpu) => gpu === 'software' || options.gpu === 'hardware' || mayHaveHardware())
    .flatMap((gpu) => list(gpu, options));
}

function childAttempts(gpu: 'hardware' | 'software', { host, program, dawnFeatures }: AttemptOptions): Attempt[] {
  const launch = (env: Readonly<Record<string, string>>) =>
    host === 'deno' ? launchDeno(program, env) : launchNode(program, env, dawnFeatures);
  if (gpu === 'hardware') return [{ name: `${host} with the system's drivers`, gpu, prepare: async () => launch({}) }];
  const prepare = async () => launch(softwareEnvironment(await softwareGpu()));
  return [{ name: `${host} with SwiftShader`, gpu, prepare }];
}

/** The variables that show a Vulkan program SwiftShader and nothing else. */
export function softwareEnvironment({ driverJson, vulkanFolders }: SoftwareGpu): Record<string, string> {
  const folders = [...vulkanFolders, process.env.LD_LIBRARY_PATH].filter((folder) => folder);
  return { VK_DRIVER_FILES: driverJson, LD_LIBRARY_PATH: folders.join(':'), DENO_WEBGPU_BACKEND: 'vulkan' };
}

function chromiumAttempts(gpu: 'hardware' | 'software'): Attempt[] {
  const installed = installedBrowsers().map((executablePath) => ({
    name: executablePath,
    gpu,
    prepare: async () => launchChromium(chromiumOptions(gpu, { executablePath })),
  }));
  const prepare = async () => launchChromium(bundledChromiumOptions(gpu, await softwareGpu()));
  return [...installed, { name: 'the browser of @sparticuz/chromium', gpu, prepare }];
}

/** Executables of installed browsers that may have WebGPU. */
export function installedBrowsers(): readonly string[] {
  if (process.platform === 'darwin')
    return ['Google Chrome', 'Chromium']
      .map((name) => `/Applications/${name}.app/Contents/MacOS/${name}`)
      .filter((file) => existsSync(file));
  if (process.platform === 'win32')
    return [process.env.PROGRAMFILES, process.env['PROGRAMFILES(X86)'], process.env.LOCALAPPDATA]
      .filter((folder) => folder !== undefined)
      .map((folder) => join(folder, 'Google/Chrome/Application/chrome.exe'))
      .filter((file) => existsSync(file));
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return ['google-chrome', 'google-chrome-stable', 'chromium', 'chromium-browser']
    .map((name) => folders.map((folder) => join(folder, name)).find((file) => existsSync(file)))
    .filter((file) => file !== undefined);
}

/** What a host's WebGPU is started with that may change its speed: a browser has other flags. */
export function hostFlags(host: CliHost, gpu: 'hardware' | 'software'): string[] {
  if (host === 'chromium') return chromiumOptions(gpu, {}).args ?? [];
  return host === 'node' ? DAWN_FEATURES.map((feature) => `enable-dawn-features=${feature}`) : [];
}

/** False if there cannot be a hardware GPU, so that no host is started for it: a Linux without a graphics device. */
export function mayHaveHardware(): boolean {
  if (process.platform !== 'linux') return true;
  return ['/dev/dri', '/dev/nvidiactl', '/dev/dxg', '/dev/kfd', '/dev/mali0'].some((device) => existsSync(device));
}

/** The error of a search that found nothing: what was tried, and why each attempt failed. */
export function noGpuError({ host, gpu }: AttemptOptions, failures: readonly string[]): NoGpuError {
  const wanted = gpu === 'auto' ? 'GPU' : `${gpu} GPU`;
  return new NoGpuError(`host ${host} finds no ${wanted}:\n${failures.map((line) => `  ${line}`).join('\n')}`);
}
