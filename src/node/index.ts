// The public surface for Node.js, `densenet-webgpu/node`, nothing else: a GPU, data sets and images of files. What it makes are
// objects of the classes of `densenet-webgpu` (vite.config.ts sees to that).

// For the declarations: a project whose `lib` is older has no Symbol.dispose.
/// <reference lib="esnext.disposable" preserve="true" />

export type { LabelTask } from '../data/dataset.ts';
export type { ImageFilesOptions, OpenProgress } from '../data/dataset-options.ts';
export type { DeepOptions, Depth, WindowChoice } from '../data/deep-image.ts';
export type { ImageProblem } from '../data/image-folder.ts';
export type { ColourProfile, ExifOrientation, PictureOptions } from '../data/picture-options.ts';
export type { PixelSums } from '../data/pixel-sums.ts';
export type { Leak, PartName } from '../data/split.ts';
export type { DatasetKind, OpenDatasetOptions } from './dataset-options.ts';
export type { DatasetPart } from './dataset-parts.ts';
export { type ClassCounts, type DatasetReport, describeDataset, type ImageAt } from './dataset-report.ts';
export { loadClassifier } from './load-classifier.ts';
export { openDataset } from './open-dataset.ts';
export { openDevice } from './open-device.ts';
export type { OpenedDataset } from './opened-dataset.ts';
export { decodeImage, readImage } from './read-image.ts';
