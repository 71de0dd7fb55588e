import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readAutotunes, saveAutotunes } from './autotune-cache-file.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'autotunes-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('autotune results are read as they were cached, and none where there is no file', async () => {
  const file = join(folder, 'autotunes.json');
  expect(await readAutotunes(file)).toEqual({});
  await saveAutotunes({ 'one|key': '{"a":1}', two: 'text' }, file);
  expect(await readAutotunes(file)).toEqual({ 'one|key': '{"a":1}', two: 'text' });
  expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ version: 1 });
});

test.each(['', '{"version":1', '{"version":2,"autotunes":{}}', '{"version":1,"autotunes":[3]}', 'null'])(
  '%j is damaged: it is ignored, and made anew',
  async (text) => {
    const file = join(folder, 'damaged.json');
    await writeFile(file, text);
    expect(await readAutotunes(file)).toEqual({});
    await saveAutotunes({ key: 'text' }, file);
    expect(await readAutotunes(file)).toEqual({ key: 'text' });
  },
);

test('a folder that cannot be written loses the autotune results and nothing else', async () => {
  await expect(saveAutotunes({ key: 'text' }, join(folder, 'no', 'such', 'file.json'))).resolves.toBeUndefined();
});
