// Which data a training is to learn from. The Train form reads `set`; the component DataSource changes it.

import { type Signal, signal } from '@preact/signals';
import { type Trouble, troubleHere } from '../trouble/advice.ts';
import { sampleSet } from './sample-set.ts';
import type { TrainingSet } from './training-set.ts';

export class DataChoice {
  /** What is chosen; undefined while it is being read, and where it is not fit to learn from. */
  readonly set: Signal<TrainingSet | undefined> = signal();
  readonly trouble: Signal<Trouble | undefined> = signal();
  private sample: Promise<TrainingSet> | undefined;

  /** The bundled sample from here on. */
  async useSample(): Promise<void> {
    this.trouble.value = undefined;
    try {
      this.sample ??= sampleSet();
      this.set.value = await this.sample;
    } catch (error) {
      this.sample = undefined;
      this.trouble.value = troubleHere(error);
    }
  }
}
