// A split of a data set under a network's classes, and its logits.
import type { ImageDataset } from '../../src/data/dataset.ts';
import { matchClasses, oneHotLabels, relabel } from '../../src/data/match-classes.ts';
import { buildNetwork } from '../../src/densenet/network.ts';
import type { Precision } from '../../src/densenet/plan/feature-map.ts';
import { writeCheckpoint } from '../../src/densenet/train/checkpoint.ts';
import type { ImportedNetwork } from '../../src/densenet/weights/import-options.ts';
import type { JobClient } from '../../src/jobs/define-job.ts';
import type { HostJobs } from '../../src/jobs/registry.ts';
import { thousands } from '../../ui/number-text.ts';
import { note } from '../output.ts';
import type { TestTimeViews } from '../test-time.ts';
import type { Split } from './data.ts';
import { datasetLogits, isNetworkSize } from './logits.ts';

/** Images whose labels have the network's numbers. */
export interface EvaluatedSplit {
  readonly split: Split;
  readonly images: ImageDataset;
  readonly labels: Int32Array | Float32Array;
  /** A sigmoid per class: the labels say so, or the weights. */
  readonly multiLabel: boolean;
  readonly classNames: readonly string[];
  readonly imageName: (image: number) => string;
}

/** @throws ConfigError where the classes are not the network's */
export function evaluatedSplit(
  { split, images }: { readonly split: Split; readonly images: ImageDataset },
  network: ImportedNetwork,
): EvaluatedSplit {
  const { classes } = network.config;
  const named = network.classNames ?? (images.classNames.length === classes ? images.classNames : undefined);
  const labels = relabel(images.labels, matchClasses(images.classNames, network.classNames, classes), classes);
  const sigmoids =
    labels instanceof Float32Array || (network.multiLabel && network.report.sources.multiLabel !== 'assumed');
  return {
    split,
    images,
    labels: sigmoids && labels instanceof Int32Array ? oneHotLabels(labels, classes) : labels,
    multiLabel: sigmoids,
    classNames: Array.from({ length: classes }, (_, k) => named?.[k] ?? `class ${k}`),
    imageName: (image) => images.about?.name(image) ?? `${split} image ${image}`,
  };
}

/** The network, ready to run a split; each is run once. */
export interface LogitsRunner {
  /** A safetensors file of it. */
  readonly checkpoint: Uint8Array;
  logits(of: EvaluatedSplit): Promise<Float32Array<ArrayBuffer>>;
}

/** Milliseconds between lines of progress. */
const LINE_EVERY = 10_000;

/** How a network is run. */
export interface LogitsRunnerOptions {
  readonly precision: Precision;
  /** How images are prepared, and the views of each whose probabilities are averaged. */
  readonly views: TestTimeViews;
}

/** @param client of a host that is open */
export function logitsRunner(
  client: JobClient<HostJobs>,
  { config, state }: ImportedNetwork,
  { precision, views: { preprocessing, testTime } }: LogitsRunnerOptions,
): LogitsRunner {
  const checkpoint = writeCheckpoint(buildNetwork(config), state);
  const found = new Map<Split, Float32Array<ArrayBuffer>>();
  const logits = async ({ images, split, imageName, multiLabel }: EvaluatedSplit) => {
    const averaged = testTime && { ...testTime, multiLabel };
    const settings = { checkpoint, normalisation: preprocessing, precision, testTime: averaged };
    const before = found.get(split);
    if (before) return before;
    if (!isNetworkSize(images, preprocessing))
      note(`images of ${images.width}x${images.height} become ${preprocessing.width}x${preprocessing.height}`);
    let said = performance.now();
    const onProgress = (done: number) => {
      if (performance.now() - said < LINE_EVERY) return;
      said = performance.now();
      note(`${split}: ${thousands(done)} of ${thousands(images.count)} images`);
    };
    const given = { client, settings, preprocessing, classes: config.classes, imageName, onProgress };
    const { logits: run, imagesPerSecond } = await datasetLogits(images, given);
    note(`${split}: ${thousands(images.count)} images, ${Math.round(imagesPerSecond)} images/s`);
    found.set(split, run);
    return run;
  };
  return { checkpoint, logits };
}
