// The visitor's own images to learn from, as state: classes out of folders, files and the webcam, and small pictures of
// them, made when they are looked at. `TrainingSet` is made of it anew whenever the classes change.

import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { WorkerSession } from '../../src/hosts/worker-session.ts';
import type { Found } from '../images/found-files.ts';
import { readFiles } from '../images/image-calls.ts';
import { refusalText } from '../images/refusal-text.ts';
import { classesOfPaths } from './folder-classes.ts';
import { makeImages } from './make-images.ts';
import { countsOf, type Example, type OwnClass, problemOf, type SetProblem, splitClasses } from './own-classes.ts';
import { imagesBytes, type TrainingSet } from './training-set.ts';

export interface OwnImagesOwner {
  readonly engine: { readonly session: WorkerSession };
}

/** What was given and is in no class. */
export interface LeftOut {
  readonly junk: number;
  readonly missed: number;
  /** In no class folder. */
  readonly loose: number;
  /** In `test`, where `val` is there too. */
  readonly unused: number;
}

const NOTHING: LeftOut = { junk: 0, missed: 0, loose: 0, unused: 0 };
const PREVIEW = 96;
const PREVIEWS_AT_ONCE = 8;

export class OwnImages {
  readonly classes: Signal<readonly OwnClass[]> = signal([]);
  readonly leftOut: Signal<LeftOut> = signal(NOTHING);
  /** Small pictures by example; null for one that cannot be read. Grows as they are looked at. */
  readonly previews: Signal<ReadonlyMap<number, Blob | null>> = signal(new Map());
  readonly problem: ReadonlySignal<SetProblem | undefined> = computed(() => problemOf(this.classes.value));
  readonly set: ReadonlySignal<TrainingSet | undefined> = computed(() => this.makeSet(this.classes.value));
  private name = '';
  private ids = 0;
  private sets = 0;
  private wanted: Example[] = [];
  private reading = false;

  constructor(private readonly owner: OwnImagesOwner) {}

  /** Classes out of a folder; images of a class that is there already join it, and empty classes give way. */
  takeFolder({ files, junk, missed }: Found): void {
    const { classes, loose, unused } = classesOfPaths(files.map(({ path }) => path));
    const kept = this.classes.peek().filter(({ examples }) => examples.length > 0);
    const found = classes.map(({ name, files: own }) => ({
      name,
      examples: own.flatMap(({ index, part }) => this.example(files[index]?.file, files[index]?.path ?? '', part)),
    }));
    const grown = kept.map((own) => {
      const more = found.find(({ name }) => name === own.name)?.examples ?? [];
      return { ...own, examples: [...own.examples, ...more] };
    });
    // Before the classes change: the set that is made of them has it.
    this.name ||= files[0]?.path.split('/')[0] ?? '';
    const fresh = found.filter(({ name }) => !kept.some((own) => own.name === name));
    this.classes.value = [...grown, ...fresh.map((made) => ({ id: this.ids++, included: true, ...made }))];
    this.leftOut.value = { junk, missed, loose, unused };
  }

  addClass(name: string): void {
    this.classes.value = [...this.classes.peek(), { id: this.ids++, name, included: true, examples: [] }];
  }

  addFiles(id: number, { files }: Found): void {
    this.add(
      id,
      files.flatMap(({ file, path }) => this.example(file, path, undefined)),
    );
  }

  /** A picture that was recorded; it is small enough to be its own preview. */
  record(id: number, picture: Blob, name: string): void {
    const [example] = this.example(picture, name, undefined);
    if (!example) return;
    this.previews.value = new Map(this.previews.peek()).set(example.id, picture);
    this.add(id, [example]);
  }

  change(id: number, change: Partial<Pick<OwnClass, 'name' | 'included'>>): void {
    this.classes.value = this.classes.peek().map((own) => (own.id === id ? { ...own, ...change } : own));
  }

  removeExample(id: number, example: number): void {
    this.classes.value = this.classes
      .peek()
      .map((own) => (own.id === id ? { ...own, examples: own.examples.filter((one) => one.id !== example) } : own));
  }

  removeClass(id: number): void {
    this.classes.value = this.classes.peek().filter((own) => own.id !== id);
  }

  clear(): void {
    this.classes.value = [];
    this.leftOut.value = NOTHING;
    this.previews.value = new Map();
    this.wanted = [];
    this.name = '';
  }

  /** Small pictures of these, first of all that are still to be made. */
  async wantPreviews(examples: readonly Example[]): Promise<void> {
    const known = this.previews.peek();
    this.wanted = [...examples.filter(({ id }) => !known.has(id)), ...this.wanted];
    if (this.reading) return;
    this.reading = true;
    try {
      while (this.wanted.length > 0) await this.readPreviews();
    } finally {
      this.reading = false;
    }
  }

  private async readPreviews(): Promise<void> {
    const made = new Map(this.previews.peek());
    const portion = this.wanted.splice(0, PREVIEWS_AT_ONCE).filter(({ id }) => !made.has(id));
    const wish = { input: null, swapLightBorder: false, thumbnail: PREVIEW, display: 0 };
    const sources = portion.map(({ source }) => source);
    // Without an engine there are no previews; what is wrong with it is said elsewhere.
    const files = await readFiles(this.owner.engine.session, sources, wish).catch(() => undefined);
    if (!files) {
      this.wanted = [];
      return;
    }
    for (const [i, { id }] of portion.entries()) {
      const file = files[i];
      made.set(id, file?.kind === 'read' && file.thumbnail ? new Blob([file.thumbnail]) : null);
    }
    this.previews.value = made;
  }

  private add(id: number, examples: readonly Example[]): void {
    this.classes.value = this.classes
      .peek()
      .map((own) => (own.id === id ? { ...own, examples: [...own.examples, ...examples] } : own));
  }

  private example(source: Blob | undefined, name: string, part: Example['part']): Example[] {
    return source ? [{ id: this.ids++, name, source, part }] : [];
  }

  private makeSet(classes: readonly OwnClass[]): TrainingSet | undefined {
    if (problemOf(classes)) return undefined;
    const counts = countsOf(classes);
    const names = counts.map(({ name }) => name);
    const split = splitClasses(classes);
    const name = this.name || names.join(', ');
    return {
      kind: this.name ? 'folder' : 'collected',
      id: `own-${Date.now()}-${++this.sets}`,
      name,
      classes: counts,
      size: undefined,
      bytes: (size) => imagesBytes(split.length, size),
      images: (size, options) => makeImages(this.owner.engine.session, split, names, size, refusalText, options),
      record: () => ({ kind: 'own images', name, classes: counts.map((count) => ({ ...count })) }),
    };
  }
}
