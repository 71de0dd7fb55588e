// PyTorch's numbers, as files beside the page.

import { DataError } from '../../src/runtime/errors.ts';
import bcNothingAligned from '../../tests/golden/bc-nothing-aligned.safetensors?url';
import imagenetOdd from '../../tests/golden/imagenet-odd.safetensors?url';
import paperMapsBottleneck from '../../tests/golden/paper-maps-bottleneck.safetensors?url';
import paperMapsDeep from '../../tests/golden/paper-maps-deep.safetensors?url';
import paperMapsImagenet from '../../tests/golden/paper-maps-imagenet.safetensors?url';
import paperMapsPlain from '../../tests/golden/paper-maps-plain.safetensors?url';
import plainNarrow from '../../tests/golden/plain-narrow-one-image.safetensors?url';
import { fetchFile } from '../../ui/fetch-file.ts';

const URLS: Readonly<Record<string, string>> = {
  'bc-nothing-aligned.safetensors': bcNothingAligned,
  'imagenet-odd.safetensors': imagenetOdd,
  'paper-maps-bottleneck.safetensors': paperMapsBottleneck,
  'paper-maps-deep.safetensors': paperMapsDeep,
  'paper-maps-imagenet.safetensors': paperMapsImagenet,
  'paper-maps-plain.safetensors': paperMapsPlain,
  'plain-narrow-one-image.safetensors': plainNarrow,
};

/** @throws DataError as fetchFile, and for a name that is not there */
export async function fetchGolden(file: string): Promise<Uint8Array> {
  const url = URLS[file];
  if (url === undefined) throw new DataError(file, 0, 'is no golden of this page');
  return (await fetchFile(url)).bytes;
}
