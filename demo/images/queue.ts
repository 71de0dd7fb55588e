// Many images on their way through the network: chunks of files, two under way at a time (one is decoded while the
// other is on the GPU), so that memory stays that of a few files whatever the queue. Rows keep their files: what was
// cancelled or interrupted can be resumed, and a row can be opened.

import { batch, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { UsedNetwork } from '../classify/stage.ts';
import { isReplaced } from '../contract.ts';
import type { DemoClient } from '../engine.ts';
import { type FileSelection, naturalKey } from './file-selection.ts';
import { highest, type ImageRow, type Outcome, scoresOf, TOP } from './image-row.ts';
import { inputOf, outputOf, swapsLightBorder } from './network-input.ts';
import { chunksOf, classifyFiles, type ReadFile } from './read-files.ts';

export interface QueueOwner {
  readonly engine: { readonly client: DemoClient };
  readonly network: ReadonlySignal<UsedNetwork | undefined>;
  /** How long the network takes for one image; undefined where that is not known. */
  millisecondsAnImage(): number | undefined;
  /** Something that the engine does not survive. */
  fail(error: unknown): void;
}

export type QueueState =
  | 'idle'
  | 'running'
  /** No chunk is begun any more; those under way end first. */
  | 'stopping'
  /** Cancelled, or something failed, before the end. */
  | 'stopped'
  | 'done';

const MAX_BATCH = 16;
/** A run on the GPU should take no longer: the page shows progress, and a cancel waits for it. */
const RUN_MILLISECONDS = 250;
const CONCURRENCY = 2;
const THUMBNAIL = 96;
/** Rows are shown anew at most so often, in milliseconds. */
const PUBLISH_EVERY = 200;

export class ImageQueue {
  readonly rows: Signal<readonly ImageRow[]> = signal([]);
  readonly state: Signal<QueueState> = signal('idle');
  /** What was left out when the files were found. */
  readonly leftOut: Signal<Pick<FileSelection, 'ignored' | 'missed'>> = signal({ ignored: 0, missed: 0 });
  /** What the rows were classified with. */
  readonly network: Signal<UsedNetwork | undefined> = signal();
  private current: ImageRow[] = [];
  private subject: UsedNetwork | undefined;
  private abort: AbortController | undefined;
  private published = 0;

  constructor(private readonly owner: QueueOwner) {}

  /** Other files take the place of those before. */
  async start({ files, ignored, missed }: FileSelection): Promise<void> {
    this.cancel();
    this.leftOut.value = { ignored, missed };
    this.current = files.map(({ file, path }, id) => ({
      id,
      path,
      file,
      sortName: naturalKey(path),
      outcome: undefined,
    }));
    await this.resume();
  }

  /** Classifies the rows that have no outcome yet; all of them, where another network is in use by now. */
  async resume(): Promise<void> {
    const network = this.owner.network.peek();
    if (!network) return;
    if (!isSameNetwork(this.subject, network))
      this.current = this.current.map((row) => ({ ...row, outcome: undefined }));
    this.subject = network;
    const abort = new AbortController();
    this.abort = abort;
    this.publish();
    this.state.value = 'running';
    const complete = await this.run(network, abort.signal).catch((error) => {
      // Told to stop, or another network came between.
      if (abort.signal.aborted || isReplaced(error) || this.owner.network.peek() !== network) return false;
      abort.abort();
      this.owner.fail(error);
      return false;
    });
    if (this.abort !== abort) return;
    this.publish();
    this.state.value = complete ? 'done' : 'stopped';
  }

  cancel(): void {
    this.abort?.abort();
    if (this.state.peek() === 'running') this.state.value = 'stopping';
  }

  /** Forgets all rows. */
  clear(): void {
    this.cancel();
    this.abort = undefined;
    this.current = [];
    this.leftOut.value = { ignored: 0, missed: 0 };
    this.publish();
    this.state.value = 'idle';
  }

  /** @returns whether it came to its end */
  private async run(network: UsedNetwork, signal: AbortSignal): Promise<boolean> {
    const { client } = this.owner.engine;
    const waiting = this.current.filter(({ outcome }) => !outcome);
    const most = this.batch(waiting.length);
    const chunks = chunksOf(waiting, most, ({ file }) => file.size);
    const wish = {
      input: inputOf(network.loaded),
      swapLightBorder: swapsLightBorder(network.loaded),
      network: network.loaded.id,
      thumbnail: THUMBNAIL,
      display: 0,
      batch: most,
    };
    const stillWanted = () => !signal.aborted && this.owner.network.peek() === network;
    const work = async () => {
      for (let chunk = chunks.shift(); chunk && stillWanted(); chunk = chunks.shift()) {
        const blobs = chunk.map(({ file }) => file);
        const { files, milliseconds } = await classifyFiles(client, blobs, wish, signal);
        if (stillWanted()) this.settle(chunk, files, milliseconds, network);
      }
    };
    try {
      await Promise.all(Array.from({ length: CONCURRENCY }, work));
    } finally {
      // What it keeps on the GPU from one call to the next.
      await client.run('end-classify-images').catch(() => undefined);
    }
    return stillWanted();
  }

  /** As many at once as take a quarter of a second: one for a large network on a processor, sixteen on a GPU. */
  private batch(count: number): number {
    const each = this.owner.millisecondsAnImage() ?? RUN_MILLISECONDS;
    return Math.max(1, Math.min(MAX_BATCH, Math.floor(RUN_MILLISECONDS / Math.max(1, each)), count));
  }

  private settle(chunk: readonly ImageRow[], files: readonly ReadFile[], milliseconds: number, network: UsedNetwork) {
    const read = Math.max(1, files.filter(({ kind }) => kind === 'read').length);
    for (const [i, row] of chunk.entries()) {
      const file = files[i];
      if (file) this.current[row.id] = { ...row, outcome: outcomeOf(file, milliseconds / read, network) };
    }
    if (performance.now() - this.published > PUBLISH_EVERY) this.publish();
  }

  private publish(): void {
    this.published = performance.now();
    batch(() => {
      this.rows.value = [...this.current];
      this.network.value = this.subject;
    });
  }
}

/** The same file makes the same network when the engine is made anew; two trainings never do. */
export function isSameNetwork(one: UsedNetwork | undefined, other: UsedNetwork | undefined): boolean {
  if (one === other) return true;
  if (!one || !other || one.source === 'trained here' || one.source !== other.source) return false;
  const identity = ({ name, loaded }: UsedNetwork) =>
    JSON.stringify([
      name,
      loaded.parameters,
      loaded.classNames,
      loaded.multiLabel,
      loaded.preprocessing,
      loaded.temperature,
    ]);
  return identity(one) === identity(other);
}

function outcomeOf(file: ReadFile, milliseconds: number, { loaded }: UsedNetwork): Outcome {
  if (file.kind === 'refused') return file;
  const { width, height, notes, thumbnail = new Uint8Array(), logits = new Float32Array() } = file;
  const { temperature } = loaded;
  const scores = scoresOf(
    logits.map((logit) => logit / temperature),
    outputOf(loaded),
  );
  return { kind: 'classified', width, height, notes, thumbnail, milliseconds, scores, top: highest(scores, TOP) };
}
