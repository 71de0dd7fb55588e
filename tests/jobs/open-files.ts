// Files of a page as a data set, decoded by the browser.

import { decodeImage } from '../../src/browser/decode-image.ts';
import { openFiles } from '../../src/browser/open-files.ts';
import { defineJob } from '../../src/jobs/define-job.ts';

export type OpenFilesRequest = { readonly files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>; readonly size: number };

export const openPageFiles = defineJob('open-files', async ({ files, size }: OpenFilesRequest) => {
  const given = [...files].map(([name, bytes]) => new File([bytes], name));
  const { train, classNames, normalisation, problems, notes } = await openFiles(given, { size, badShare: 0.5 });
  const pixels = new Uint8Array(train.count * train.channels * train.height * train.width);
  await train.read([...Array(train.count).keys()], pixels);
  const refused: unknown[] = [];
  for (const file of given) await decodeImage(file).catch((error: unknown) => refused.push(String(error)));
  return { refused, pixels, labels: [...train.labels], classNames, normalisation, problems, notes };
});
