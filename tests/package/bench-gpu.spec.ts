// What `bench:gpu --pack` makes runs in a folder of its own, with no variable set and no Node.js but its own: as on a machine that
// has a GPU and nothing else.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { expect, test } from 'playwright/test';
import { packageRoot } from '../../cli/host/package-root.ts';
import { softwareGpu } from '../../cli/host/software-gpu.ts';

test('bench:gpu packs itself for a bare machine, and measures there', async () => {
  test.skip(process.platform !== 'linux' || process.arch !== 'x64', 'run.sh is for Linux, and so is the software GPU');
  await softwareGpu();
  const scratch = mkdtempSync(join(tmpdir(), 'densenet-bare-'));
  try {
    const packed = join(scratch, 'packed');
    execFileSync(process.execPath, [join(packageRoot, 'scripts/bench-gpu.mjs'), '--pack', packed, '--software']);
    const elsewhere = join(scratch, 'a machine');
    renameSync(packed, elsewhere);
    const few = ['--parts', 'pytorch,kernels', '--kernels', 'transition/pool', '--python', '/nowhere/python3'];
    const run = ['-i', 'PATH=/usr/bin:/bin', 'sh', join(elsewhere, 'run.sh'), '200', '--gpu', 'software', ...few];
    const printed = execFileSync('env', run, { cwd: '/', encoding: 'utf8' });
    expect(printed).toMatch(/PyTorch was not measured: .*ENOENT/);
    expect(printed).toMatch(/\d+ cases right, 0 wrong/);
    expect(readFileSync(join(elsewhere, 'results/report.txt'), 'utf8')).toBe(printed);
    const report = JSON.parse(readFileSync(join(elsewhere, 'results/report.json'), 'utf8'));
    expect(report).toMatchObject({ adapter: { software: true }, problems: {}, dawnFeatures: expect.any(Array) });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
});
