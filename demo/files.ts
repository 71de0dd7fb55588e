// The page's own files: fetched from where the page came from, inflated, read. Nothing is fetched from elsewhere; the
// Content-Security-Policy in index.html makes sure of it.

import testImages from '../data/fashion-mnist-sample/t10k-images-idx3-ubyte.gz?url';
import testLabels from '../data/fashion-mnist-sample/t10k-labels-idx1-ubyte.gz?url';
import trainingImages from '../data/fashion-mnist-sample/train-images-idx3-ubyte.gz?url';
import trainingLabels from '../data/fashion-mnist-sample/train-labels-idx1-ubyte.gz?url';
import model from '../data/models/fashion-mnist-small.safetensors?url';
import { readFashionMnist } from '../src/data/fashion-mnist.ts';
import type { DataFile, LabelledImages } from '../src/data/idx.ts';
import { fetchFile } from '../ui/fetch-file.ts';

const PAIRS = { training: [trainingImages, trainingLabels], test: [testImages, testLabels] } as const;

/** The network that comes with the page. @throws DataError as fetchFile */
export const fetchBundledNetwork = async (): Promise<DataFile> => ({
  ...(await fetchFile(model)),
  // Its address has a digest in it.
  name: 'fashion-mnist-small.safetensors',
});

/** Part of the Fashion-MNIST sample. @throws DataError as fetchFile, and for damaged images or labels */
export async function fetchSample(part: keyof typeof PAIRS): Promise<LabelledImages> {
  const [images, labels] = await Promise.all(PAIRS[part].map(fetchFile));
  if (!images || !labels) throw new Error('a sample is a pair of files');
  return readFashionMnist(images, labels);
}

// A file that the page made, for the visitor to keep.

/** How long a download has to begin before its address is given back, in milliseconds. */
const BEGIN_WITHIN = 60_000;

export function download(name: string, content: Uint8Array<ArrayBuffer> | Blob): void {
  const url = URL.createObjectURL(content instanceof Blob ? content : new Blob([content]));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The click has only begun the download.
  setTimeout(() => URL.revokeObjectURL(url), BEGIN_WITHIN);
}
