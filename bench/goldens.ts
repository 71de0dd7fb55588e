// PyTorch's numbers for a small network of each kind, as files beside the page.

import type { DataFile } from '../src/data/idx.ts';
import { fetchFile } from '../src/hosts/fetch-file.ts';
import bottleneck from '../tests/golden/bc-nothing-aligned.safetensors?url';
import imagenet from '../tests/golden/imagenet-odd.safetensors?url';
import plain from '../tests/golden/plain-narrow-one-image.safetensors?url';
import type { Kind } from './check.ts';

const FILES: Readonly<Record<Kind, string>> = { imagenet, bottleneck, plain };

/** @throws DataError as fetchFile */
export const fetchGolden = (kind: Kind): Promise<DataFile> => fetchFile(FILES[kind]);
