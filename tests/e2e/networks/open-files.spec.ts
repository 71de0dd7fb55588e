// A page's files become the data set that they are on a disk, pixel for pixel, with the browser's own decoder.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDataset } from '../../../src/node/open-dataset.ts';
import { classes, scratch } from '../../fixtures/image-folders.ts';
import { expect, test } from '../fixtures/host-test.ts';
import { onlyOn } from '../fixtures/only-on.ts';

const { folder, remove } = scratch('open-files-page');
test.afterAll(remove);

test('files of a page are a data set', onlyOn('chromium', 'firefox'), async ({ session }) => {
  const content = {
    ...classes(['cat', 'dog'], 2),
    'dog/bad.png': 'not an image',
    'cat/grey.png': { channels: 1 },
  } as const;
  const root = await folder(content);
  const files = new Map(
    readdirSync(root).flatMap((name) =>
      readdirSync(join(root, name)).map((file): [string, Uint8Array<ArrayBuffer>] => [
        `${name}/${file}`,
        new Uint8Array(readFileSync(join(root, name, file))),
      ]),
    ),
  );
  const { train, normalisation } = await openDataset(root, { size: 6, badShare: 0.5, cacheDir: false, threads: 0 });
  const pixels = new Uint8Array(train.count * 3 * 6 * 6);
  await train.read([...Array(train.count).keys()], pixels);
  const found = await session.run('open-files', { files, size: 6 });
  expect(found).toEqual({
    refused: [expect.stringMatching(/^DataError: dog\/bad.png: .*is not an image/)],
    pixels,
    labels: [0, 0, 0, 1, 1],
    classNames: ['cat', 'dog'],
    normalisation,
    problems: [{ path: 'dog/bad.png', problem: expect.stringContaining('is not an image') }],
    notes: [],
  });
});
