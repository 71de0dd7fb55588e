// The visitor's own images to learn from, as state: classes out of folders, files and the webcam, and small pictures of
// them, made when they are looked at. `TrainingSet` is made of it anew whenever the classes change.

import { batch, computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { DemoClient } from '../engine.ts';
import type { FileSelection } from '../images/file-selection.ts';
import { readFiles } from '../images/read-files.ts';
import { refusalText } from '../images/refusal-text.ts';
import type { Undo } from '../undo/undo.ts';
import { classesOfPaths } from './folder-classes.ts';
import { ImageSaver } from './image-saver.ts';
import { makeImages } from './make-images.ts';
import { countsOf, type Example, type OwnClass, problemOf, type SetProblem, splitClasses } from './own-classes.ts';
import type { StoredClasses } from './saved-images.ts';
import { imagesBytes, type TrainingSet } from './training-set.ts';

export interface OwnImagesOwner {
  readonly engine: { readonly client: DemoClient };
  readonly undo: Pick<Undo, 'offer'>;
}

/** A class from elsewhere. */
export type GivenClass = Omit<OwnClass, 'id' | 'examples'> & { readonly examples: readonly Omit<Example, 'id'>[] };

/** What was given and is in no class. */
export interface LeftOut {
  readonly ignored: number;
  readonly missed: number;
  /** In no class folder. */
  readonly loose: number;
  /** In `test`, where `val` is there too. */
  readonly unused: number;
}

const NOTHING: LeftOut = { ignored: 0, missed: 0, loose: 0, unused: 0 };
const PREVIEW = 96;
const PREVIEWS_AT_ONCE = 8;

export class OwnImages {
  readonly classes: Signal<readonly OwnClass[]> = signal([]);
  readonly leftOut: Signal<LeftOut> = signal(NOTHING);
  /** Small pictures by example; null for one that cannot be read. Grows as they are looked at. */
  readonly previews: Signal<ReadonlyMap<number, Blob | null>> = signal(new Map());
  readonly problem: ReadonlySignal<SetProblem | undefined> = computed(() => problemOf(this.classes.value));
  readonly set: ReadonlySignal<TrainingSet | undefined> = computed(() => this.makeSet(this.classes.value));
  private readonly name = signal('');
  readonly saver = new ImageSaver(
    computed(() => ({ name: this.name.value, classes: this.classes.value })),
    (stored) => this.restore(stored),
  );
  private ids = 0;
  private sets = 0;
  private wanted: Example[] = [];
  private reading = false;

  constructor(private readonly owner: OwnImagesOwner) {}

  /** Classes out of a folder; images of a class that is there already join it, and empty classes give way. */
  takeFolder({ files, ignored, missed }: FileSelection): void {
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
    this.name.value ||= files[0]?.path.split('/')[0] ?? '';
    const added = found.filter(({ name }) => !kept.some((own) => own.name === name));
    this.classes.value = [...grown, ...added.map((made) => ({ id: this.ids++, included: true, ...made }))];
    this.leftOut.value = { ignored, missed, loose, unused };
  }

  /** The classes with the name of where they came from. */
  stored(): StoredClasses {
    return { name: this.name.peek(), classes: this.classes.peek() };
  }

  /** Other classes in place of these, which can be undone. */
  replace(name: string, classes: readonly GivenClass[]): void {
    if (this.classes.peek().length > 0) this.clear();
    batch(() => {
      this.name.value = name;
      this.classes.value = classes.map((own) => ({
        ...own,
        id: this.ids++,
        examples: own.examples.map((one) => ({ ...one, id: this.ids++ })),
      }));
    });
  }

  addClass(name: string): void {
    this.classes.value = [...this.classes.peek(), { id: this.ids++, name, included: true, examples: [] }];
  }

  addFiles(id: number, { files }: FileSelection): void {
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

  /** Deletes an image, which can be undone for a while. */
  removeExample(id: number, example: number): void {
    const before = this.classes.peek().find((own) => own.id === id)?.examples ?? [];
    const at = before.findIndex((one) => one.id === example);
    const removed = before[at];
    if (!removed) return;
    const change = (examples: (of: readonly Example[]) => readonly Example[]) => {
      this.classes.value = this.classes
        .peek()
        .map((own) => (own.id === id ? { ...own, examples: examples(own.examples) } : own));
    };
    change((all) => all.filter((one) => one !== removed));
    this.offerUndo(removed.name, () => change((all) => all.toSpliced(at, 0, removed)));
  }

  /** As `removeExample`, a class. */
  removeClass(id: number): void {
    const before = this.classes.peek();
    const at = before.findIndex((own) => own.id === id);
    const removed = before[at];
    if (!removed) return;
    this.classes.value = before.filter((own) => own !== removed);
    this.offerUndo(removed.name, () => {
      this.classes.value = this.classes.peek().toSpliced(at, 0, removed);
    });
  }

  /** As `removeExample`, all classes. */
  clear(): void {
    const [classes, leftOut, name] = [this.classes.peek(), this.leftOut.peek(), this.name.peek()];
    batch(() => {
      this.classes.value = [];
      this.leftOut.value = NOTHING;
      this.name.value = '';
    });
    this.wanted = [];
    this.offerUndo(classes.map((own) => own.name).join(', '), () =>
      batch(() => {
        this.classes.value = [...classes, ...this.classes.peek()];
        this.leftOut.value = leftOut;
        this.name.value ||= name;
      }),
    );
  }

  private offerUndo(name: string, undo: () => void): void {
    this.owner.undo.offer({ name, undo, commit: () => this.saver.collect() });
  }

  /** What was kept comes before what is there already. */
  private restore({ name, classes }: StoredClasses): void {
    // Numbers that were given here since the page was opened give way.
    const most = Math.max(-1, ...classes.flatMap(({ id, examples }) => [id, ...examples.map((one) => one.id)]));
    const shift = most + 1;
    const here = this.classes.peek().map((own) => ({
      ...own,
      id: own.id + shift,
      examples: own.examples.map((one) => ({ ...one, id: one.id + shift })),
    }));
    this.ids += shift;
    batch(() => {
      this.previews.value = new Map([...this.previews.peek()].map(([id, preview]) => [id + shift, preview]));
      this.name.value ||= name;
      this.classes.value = [...classes, ...here];
    });
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
    const chunk = this.wanted.splice(0, PREVIEWS_AT_ONCE).filter(({ id }) => !made.has(id));
    const wish = { input: null, swapLightBorder: false, thumbnail: PREVIEW, display: 0 };
    const sources = chunk.map(({ source }) => source);
    // Without an engine there are no previews; what is wrong with it is said elsewhere.
    const files = await readFiles(this.owner.engine.client, sources, wish).catch(() => undefined);
    if (!files) {
      this.wanted = [];
      return;
    }
    for (const [i, { id }] of chunk.entries()) {
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
    const folder = this.name.peek();
    const name = folder || names.join(', ');
    return {
      kind: folder ? 'folder' : 'collected',
      id: `own-${Date.now()}-${++this.sets}`,
      name,
      classes: counts,
      size: undefined,
      bytes: (size) => imagesBytes(split.length, size),
      images: (size, options) => makeImages(this.owner.engine.client, split, names, size, refusalText, options),
      record: () => ({ kind: 'own images', name, classes: counts.map((count) => ({ ...count })) }),
    };
  }
}
