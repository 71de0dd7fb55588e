import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NoGpuError } from '../../src/runtime/errors.ts';
import { bundledChromiumOptions, chromiumOptions, launchChromium } from './chromium-host.ts';
import { attempts, HOSTS, hostFlags, noGpuError, softwareEnvironment } from './gpu-choice.ts';

const software = {
  chromium: '/s/chromium',
  driverJson: '/s/driver.json',
  vulkanFolders: ['/s'],
  libraryFolders: ['/s', '/s/lib'],
  fonts: '/s/fonts',
};
const search = { dawnFeatures: undefined, program: 'host.js' };

describe('attempts', () => {
  it.each(HOSTS)('under %s are of the kind that was asked for', (host) => {
    for (const gpu of ['hardware', 'software'] as const) {
      const tried = attempts({ ...search, host, gpu });
      expect(tried.length).toBeGreaterThan(0);
      expect(new Set(tried.map((attempt) => attempt.gpu))).toEqual(new Set([gpu]));
    }
  });

  it.each(HOSTS)('under %s come to software last', (host) => {
    const kinds = attempts({ ...search, host, gpu: 'auto' }).map(({ gpu }) => gpu);
    expect(kinds.at(-1)).toBe('software');
    expect(kinds).toEqual([...kinds].sort());
  });

  it('come to the browser from npm after the installed ones', () => {
    const names = attempts({ ...search, host: 'chromium', gpu: 'software' }).map(({ name }) => name);
    expect(names.findIndex((name) => name.includes('@sparticuz/chromium'))).toBe(names.length - 1);
  });
});

it('shows a process SwiftShader and its loader first, and keeps what folders it had', () => {
  const before = process.env.LD_LIBRARY_PATH;
  process.env.LD_LIBRARY_PATH = '/own';
  try {
    expect(softwareEnvironment(software)).toMatchObject({
      VK_DRIVER_FILES: '/s/driver.json',
      LD_LIBRARY_PATH: '/s:/own',
    });
    expect(bundledChromiumOptions('software', software).env).toMatchObject({ LD_LIBRARY_PATH: '/s:/s/lib:/own' });
    delete process.env.LD_LIBRARY_PATH;
    expect(softwareEnvironment(software).LD_LIBRARY_PATH).toBe('/s');
  } finally {
    if (before === undefined) delete process.env.LD_LIBRARY_PATH;
    else process.env.LD_LIBRARY_PATH = before;
  }
});

it('compares libraries in a browser as visitors have it, and says what any other was started with', () => {
  const quick = '--enable-dawn-features=disable_workgroup_init';
  expect(bundledChromiumOptions('software', software, 'as-visitors-have').args).not.toContain(quick);
  expect(bundledChromiumOptions('software', software).args).toContain(quick);
  expect(hostFlags('chromium', 'software')).toContain(quick);
  expect(hostFlags('chromium', 'hardware')).not.toContain(quick);
  expect(hostFlags('node', 'hardware')).toContain('enable-dawn-features=disable_workgroup_init');
  expect(hostFlags('deno', 'software')).toEqual([]);
});

it('lets a browser use SwiftShader only where software was asked for', () => {
  const flag = '--use-webgpu-adapter=swiftshader';
  expect(chromiumOptions('software', {}).args).toContain(flag);
  expect(chromiumOptions('hardware', {}).args).not.toContain(flag);
});

it('says what was tried and why it did not do', () => {
  const error = noGpuError({ ...search, host: 'deno', gpu: 'auto' }, ['a: is not there', 'b: has no WebGPU']);
  expect(error.message).toBe('host deno finds no GPU:\n  a: is not there\n  b: has no WebGPU');
});

it.skipIf(process.platform === 'win32')('tells in its own words why a browser does not start', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'no-browser-'));
  const executablePath = join(folder, 'chrome');
  writeFileSync(executablePath, '#!/bin/sh\necho "error while loading shared libraries: libfoo.so" >&2\nexit 127\n');
  chmodSync(executablePath, 0o755);
  const before = process.env.TMPDIR;
  process.env.TMPDIR = folder;
  try {
    const launch = launchChromium(chromiumOptions('software', { executablePath }));
    const error = await launch('http://127.0.0.1:1/', () => undefined).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(NoGpuError);
    expect(error.message).toBe('it does not start: error while loading shared libraries: libfoo.so');
    expect(readdirSync(folder)).toEqual(['chrome']);
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
    rmSync(folder, { recursive: true });
  }
});
