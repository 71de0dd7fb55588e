// Which data a training is to learn from. The Train form reads `set`; the component DataSource changes what it is.

import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { FASHION_MNIST_NORMALIZATION } from '../../src/data/fashion-mnist.ts';
import { type PageError, pageError } from '../errors/page-error.ts';
import { fetchSample } from '../files.ts';
import type { FileSelection } from '../images/file-selection.ts';
import { setting, storeSetting } from '../settings.ts';
import { Camera } from '../webcam/camera.ts';
import { fileSet } from './file-set.ts';
import { OwnImages, type OwnImagesOwner } from './own-images.ts';
import { countClasses, imagesBytes, type TrainingSet } from './training-set.ts';

export const SOURCES = ['sample', 'own', 'files'] as const;
export type Source = (typeof SOURCES)[number];
const SOURCE = 'data';

export class DataChoice {
  /** As it was at the last visit, where what was chosen then can be had again. */
  readonly source: Signal<Source> = signal(setting(SOURCE) === 'own' ? 'own' : 'sample');
  readonly own: OwnImages;
  readonly camera = new Camera();
  /** What is chosen; undefined while it is being read, and while it is not fit to learn from. */
  readonly set: ReadonlySignal<TrainingSet | undefined>;
  readonly error: Signal<PageError | undefined> = signal();
  private readonly sample: Signal<TrainingSet | undefined> = signal();
  private readonly files: Signal<TrainingSet | undefined> = signal();

  constructor(owner: OwnImagesOwner) {
    this.own = new OwnImages(owner);
    this.set = computed(() => {
      const source = this.source.value;
      return { sample: this.sample, own: this.own.set, files: this.files }[source].value;
    });
  }

  /** Chooses a source; the sample is fetched when it is first wanted. */
  async choose(source: Source): Promise<void> {
    this.source.value = source;
    storeSetting(SOURCE, source);
    this.error.value = undefined;
    if (source === 'own') await this.own.saver.begin();
    if (source !== 'sample' || this.sample.peek()) return;
    await this.attempt(this.sample, sampleSet());
  }

  async takeFiles({ files }: FileSelection): Promise<void> {
    this.error.value = undefined;
    this.files.value = undefined;
    await this.attempt(this.files, fileSet(files.map(({ file }) => file)));
  }

  private async attempt(into: Signal<TrainingSet | undefined>, making: Promise<TrainingSet>): Promise<void> {
    try {
      into.value = await making;
    } catch (error) {
      this.error.value = pageError(error);
    }
  }
}

// The bundled Fashion-MNIST sample as something to learn from.

const SIZE = { channels: 1, height: 28, width: 28 } as const;

/** @throws DataError as fetchSample */
async function sampleSet(): Promise<TrainingSet> {
  const [training, validation] = await Promise.all([fetchSample('training'), fetchSample('test')]);
  return {
    kind: 'sample',
    id: 'fashion-mnist-sample',
    name: 'Fashion-MNIST',
    classes: countClasses(training, validation),
    size: SIZE,
    bytes: () => imagesBytes(training.count + validation.count, SIZE),
    images: async () => ({ training, validation, normalisation: FASHION_MNIST_NORMALIZATION, bad: [] }),
    record: () => ({ kind: 'sample', name: 'Fashion-MNIST' }),
  };
}
