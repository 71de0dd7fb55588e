// A GPU in software from npm, for Linux x64 machines that have none: `@sparticuz/chromium` brings a headless Chromium,
// SwiftShader's Vulkan driver, a Vulkan loader and the libraries that the browser links to. They are unpacked once (200
// MB) into a folder of our own, by a child that unpacks into a scratch folder which is then renamed: whoever sees the
// folder sees all of it, also when several start at once.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { NoGpuError } from '../../src/runtime/errors.ts';
import { cacheFolder } from './package-root.ts';

export interface SoftwareGpu {
  /** A headless Chromium's executable. */
  readonly chromium: string;
  /** SwiftShader's manifest, for VK_DRIVER_FILES. */
  readonly driverJson: string;
  /** Folders for LD_LIBRARY_PATH: the Vulkan loader alone, as much as Node and Deno need. */
  readonly vulkanFolders: readonly string[];
  /** Those and the libraries the browser links to. */
  readonly libraryFolders: readonly string[];
  /** Fontconfig's folder for the browser. */
  readonly fonts: string;
}

/** The folder a file of the npm package `name` lies in, or undefined where it is not installed. */
function packageFolder(name: string): string | undefined {
  const paths = createRequire(import.meta.url).resolve.paths(name) ?? [];
  return paths.map((path) => join(path, name)).find((folder) => existsSync(join(folder, 'package.json')));
}

/**
 * The software GPU, unpacked if it was not yet.
 * @throws NoGpuError on other platforms than Linux x64, without the npm package, or when it does not unpack.
 */
export async function softwareGpu(): Promise<SoftwareGpu> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new NoGpuError(
      `a software GPU comes for linux x64 only, this is ${process.platform} ${process.arch}; use --gpu hardware`,
    );
  const source = packageFolder('@sparticuz/chromium');
  if (!source)
    throw new NoGpuError('a software GPU needs the npm package @sparticuz/chromium: npm install @sparticuz/chromium');
  const { version } = JSON.parse(await readFile(join(source, 'package.json'), 'utf8'));
  const folder = join(cacheFolder(), `software-gpu-${version}`);
  if (!existsSync(folder)) await unpack(source, folder);
  await pointToFonts(folder);
  return {
    chromium: join(folder, 'chromium'),
    driverJson: join(folder, 'vk_swiftshader_icd.json'),
    vulkanFolders: [folder],
    libraryFolders: [folder, join(folder, 'al2023', 'lib')],
    fonts: join(folder, 'fonts'),
  };
}

async function unpack(source: string, folder: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const scratch = await mkdtemp(`${folder}.new-`);
  // The package unpacks into the temporary folder of its process, and the libraries only where it believes that it
  // runs on AWS Lambda.
  const env = { ...process.env, TMPDIR: scratch, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x' };
  const entry = JSON.stringify(pathToFileURL(join(source, 'build/esm/index.js')).href);
  const script = `import(${entry}).then((chromium) => chromium.default.executablePath())`;
  try {
    await promisify(execFile)(process.execPath, ['-e', script], { env });
    const parts = [
      'chromium',
      'fonts',
      'vk_swiftshader_icd.json',
      'libvk_swiftshader.so',
      'libvulkan.so.1',
      'al2023/lib',
    ];
    const missing = parts.filter((part) => !existsSync(join(scratch, part)));
    if (missing.length > 0) throw new Error(`there is no ${missing.join(', ')} in it`);
    await rename(scratch, folder);
  } catch (cause) {
    // Another process was faster.
    if (existsSync(folder)) return;
    const reason = cause instanceof Error ? cause.message.trim() : String(cause);
    throw new NoGpuError(`the software GPU of @sparticuz/chromium does not unpack into ${folder}: ${reason}`, {
      cause,
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Fontconfig wants absolute paths, and a checkout may have been moved since it was unpacked. */
async function pointToFonts(folder: string): Promise<void> {
  const file = join(folder, 'fonts', 'fonts.conf');
  const text = fontsConf(folder);
  if ((await readFile(file, 'utf8').catch(() => undefined)) === text) return;
  const scratch = `${file}.${process.pid}`;
  await writeFile(scratch, text);
  await rename(scratch, file);
}

/**
 * Fontconfig's configuration for the fonts that were unpacked into `folder`. The package's own looks for them where AWS
 * Lambda has them; with no font at all, Chromium ends itself over the first page that wants one.
 */
function fontsConf(folder: string): string {
  const path = folder.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${path}/fonts</dir>
  <cachedir>${path}/fonts-cache</cachedir>
</fontconfig>
`;
}
