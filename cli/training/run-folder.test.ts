import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { isRunFolder, newRunFolder, type RunFolder, resumedRunFolder } from './run-folder.ts';

const root = mkdtempSync(join(tmpdir(), 'densenet-run-folder-'));
const runs = join(root, 'runs');
const open: RunFolder[] = [];
beforeEach(() => {
  for (const { release } of open.splice(0)) release();
  rmSync(runs, { recursive: true, force: true });
});
afterAll(() => {
  for (const { release } of open) release();
  rmSync(root, { recursive: true });
});

const now = new Date(2026, 10, 30, 9, 5, 7);
async function make(folder?: string, model = 'bc-100-12'): Promise<RunFolder> {
  const run = await newRunFolder({ folder, model, root: runs, now });
  open.push(run);
  return run;
}

describe('the folder of a run', () => {
  it('is new, named by time and model, and never that of another run', async () => {
    const folders = await Promise.all([make(), make(), make()]);
    expect(folders.map(({ path }) => basename(path)).sort()).toEqual(
      ['', '-2', '-3'].map((more) => `2026-11-30-090507-bc-100-12${more}`),
    );
    expect(basename((await make(undefined, '../growth 4, blocks 1 1: ü')).path)).toBe(
      '2026-11-30-090507-growth-4-blocks-1-1',
    );
    expect(basename((await make(undefined, 'x'.repeat(300))).path)).toHaveLength(18 + 60);
  });

  it('may be named, if it is not a run', async () => {
    const path = join(runs, 'deep/mine');
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'notes.txt'), 'mine');
    const run = await make(path);
    expect(run.files).toEqual({
      best: join(path, 'best.safetensors'),
      last: join(path, 'last.safetensors'),
      log: join(path, 'log.jsonl'),
      report: join(path, 'report.html'),
    });
    await expect(make(path)).rejects.toThrow(/--run: .*mine.* is in use by process/);
    run.release();
    expect(readdirSync(path)).toEqual(['notes.txt']);
    expect(await isRunFolder(path)).toBe(false);
    writeFileSync(run.files.last, 'a state');
    await expect(make(path)).rejects.toThrow(/holds a run already \(last\.safetensors\): resume it \(--resume .*last/);
    expect(await isRunFolder(path)).toBe(true);
    // The refused one left no lock.
    open.push(await resumedRunFolder('--resume', run.files.last));
    rmSync(run.files.last);
    writeFileSync(join(path, 'events.out.tfevents.1.host.2.0'), '');
    open.splice(0).at(-1)?.release();
    await expect(make(path)).rejects.toThrow(/holds a run already \(events\.out.*: choose another folder/);
    rmSync(join(path, 'events.out.tfevents.1.host.2.0'));
    writeFileSync(join(path, 'epoch-03.safetensors'), '');
    await expect(make(path)).rejects.toThrow(/holds a run already \(epoch-03\.safetensors\): choose another folder/);
  });

  it('is resumed by its name or its state, by one run at a time', async () => {
    const { path, files, release } = await make();
    await expect(resumedRunFolder('--resume', path)).rejects.toThrow(/holds no run to resume: there is no last/);
    writeFileSync(files.last, 'a state');
    await expect(resumedRunFolder('--resume', path)).rejects.toThrow(/is in use by process/);
    release();
    const resumed = await resumedRunFolder('--resume', path);
    open.push(resumed);
    expect(resumed).toMatchObject({ path, files });
    await expect(resumedRunFolder('--resume', files.last)).rejects.toThrow(/is in use by process/);
  });

  it('is gone with all that was made for it, if the run wrote nothing', async () => {
    const [deep, kept] = [join(runs, 'deep/mine'), join(runs, 'kept')];
    mkdirSync(kept, { recursive: true });
    for (const folder of [deep, kept, undefined]) (await make(folder)).release();
    expect(readdirSync(runs)).toEqual(['kept']);
    rmSync(kept, { recursive: true });
    const run = await make();
    writeFileSync(run.files.log, '');
    run.release();
    expect(readdirSync(run.path)).toEqual(['log.jsonl']);
  });

  it('that cannot be made is an error', async () => {
    mkdirSync(runs);
    writeFileSync(join(runs, 'file'), '');
    await expect(make(join(runs, 'file'))).rejects.toThrow(/cannot be made: it is a file/);
    await expect(make(join(runs, 'file/run'))).rejects.toThrow(/cannot be made: no such file/);
  });
});
