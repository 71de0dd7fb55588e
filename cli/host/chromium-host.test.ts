import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { NoGpuError } from '../../src/runtime/errors.ts';
import { chromiumOptions, launchChromium } from './chromium-host.ts';

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
