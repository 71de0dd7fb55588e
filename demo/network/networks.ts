// The network in use and those that are kept: takes files, hands them to the engine, keeps them, and knows how to load the
// one in use again after the engine was lost. A file that fails changes nothing: the network before it stays in use.

import { batch, type Signal, signal } from '@preact/signals';
import { DeviceLostError, GpuError, NoGpuError, StorageError, WeightsError } from '../../src/runtime/errors.ts';
import type { UsedNetwork } from '../classify/stage.ts';
import type { LoadedNetwork, LoadRequest } from '../contract.ts';
import type { Engine } from '../engine.ts';
import { type PageError, pageError } from '../errors/page-error.ts';
import { setting, storeSetting } from '../settings.ts';
import { room } from '../storage/opfs.ts';
import type { Undo } from '../undo/undo.ts';
import { address, readAddress } from '../views.ts';
import type { Trained } from '../worker/train.ts';
import { fetchFromHub, type HubModel } from './hub.ts';
import { readBytes, sha256 } from './read-bytes.ts';
import {
  describe,
  describeSaved,
  listSaved,
  nameFor,
  openSaved,
  removeSaved,
  type SavedModel,
  saveNetwork,
} from './saved-models.ts';
import { isSideFile, sortSideFiles, sortWeightFiles } from './weight-files.ts';

type Request = Omit<LoadRequest, 'file'>;

/** A network that did not come with the page: where its bytes can be had again. */
export interface OwnNetwork {
  /** Of its file, without the extension; where it is kept, the name that it is kept under. */
  readonly name: string;
  readonly weights: Blob;
  readonly request: Request;
  /** It learned in this page, or came as a file. */
  readonly source: 'trained here' | 'file';
  readonly saved: boolean;
  readonly sha256: string;
}

export interface Work {
  readonly what: 'fetching' | 'reading' | 'recognising' | 'saving';
  readonly name: string;
  readonly bytes: number;
  readonly of: number;
}

export interface NetworksOwner {
  readonly engine: Engine;
  /** Shows that another network is in use. */
  adopt(source: 'bundled' | OwnNetwork['source'], loaded: LoadedNetwork, name: string): Promise<void>;
  /** Loads the one that came with the page into the engine, unless `signal` aborts while its file is on its way. */
  loadBundled(signal: AbortSignal): Promise<{ readonly loaded: LoadedNetwork; readonly name: string }>;
  readonly undo: Undo;
  /** Something that the engine does not survive. */
  fail(error: unknown): void;
}

export class Networks {
  /** Undefined: the one that came with the page. */
  readonly own: Signal<OwnNetwork | undefined> = signal();
  readonly saved: Signal<readonly SavedModel[]> = signal([]);
  readonly space: Signal<Awaited<ReturnType<typeof room>>> = signal();
  readonly work: Signal<Work | undefined> = signal();
  readonly error: Signal<PageError | undefined> = signal();
  /** Weights without a classifier, for which one could be made. */
  readonly headless: Signal<OwnNetwork | undefined> = signal();
  /** Weights of which some tensors are not computed, which would have to be left out to open them. */
  readonly partial: Signal<{ readonly network: OwnNetwork; readonly names: readonly string[] } | undefined> = signal();
  /** What the address asked for, and the browser does not keep. */
  readonly missing: Signal<string | undefined> = signal();
  private abort: AbortController | undefined;
  /** What the engine made of `own`. */
  private loaded: LoadedNetwork | undefined;
  /** Also those that were deleted a moment ago. */
  private stored: readonly SavedModel[] = [];
  private readonly deleted = new Set<string>();

  constructor(private readonly owner: NetworksOwner) {}

  /** What lies in the browser's storage. A browser that keeps nothing has nothing. */
  async refresh(): Promise<void> {
    const found = await listSaved().catch((error) => {
      if (error instanceof StorageError) return [];
      throw error;
    });
    const space = await room();
    this.stored = found;
    batch(() => {
      this.list();
      this.space.value = space;
    });
  }

  private list(): void {
    this.saved.value = this.stored.filter(({ name }) => !this.deleted.has(name));
  }

  /** What the network in use came from; undefined for the bundled one. */
  ownOf(network: UsedNetwork | undefined): OwnNetwork | undefined {
    const own = this.own.value;
    return network && this.loaded === network.loaded ? own : undefined;
  }

  /** Weights, and what lies beside them; or only what lies beside the weights in use. */
  async take(files: readonly File[]): Promise<void> {
    const current = this.own.peek();
    this.headless.value = undefined;
    this.partial.value = undefined;
    await this.working(async (signal) => {
      if (current && files.length > 0 && files.every(isSideFile)) {
        const request = { ...current.request, ...(await sortSideFiles(files)) };
        return this.load({ ...current, request }, signal);
      }
      const { weights, ...beside } = await sortWeightFiles(files);
      await this.load(fromFile(weights, beside), signal);
    });
  }

  /** Weights with what was said of them before, as a project has them. */
  async open(name: string, weights: Blob, request: Request): Promise<void> {
    await this.working((signal) =>
      this.load({ name, weights, request, source: 'file', saved: false, sha256: '' }, signal),
    );
  }

  /** Weights from the hub, in a page that may ask it. */
  async takeFromHub(model: HubModel): Promise<void> {
    await this.working(async (signal) => {
      const progress = (bytes: number, of: number) => this.show('fetching', model, bytes, Math.max(of, bytes));
      const { weights, ...beside } = await fetchFromHub(model, progress, signal);
      await this.load(fromFile(weights, beside), signal);
    });
  }

  /**
   * Keeps weights that this page trained, whether or not they are used.
   * @returns what they are kept as
   * @throws StorageError
   */
  async saveTrained(file: string, checkpoint: Uint8Array<ArrayBuffer>, size: Trained['size']): Promise<string> {
    await this.refresh();
    const hash = await sha256(checkpoint);
    const name = nameFor(file, hash, this.stored);
    await saveNetwork(name, new Blob([checkpoint]), { sha256: hash, ...size, request: {} }, {});
    this.deleted.delete(name);
    await this.refresh();
    return name;
  }

  /** Weights that this page trained, and that are not kept. */
  async takeTrained(name: string, checkpoint: Uint8Array): Promise<void> {
    const weights = new Blob([checkpoint.slice()]);
    const trained = {
      name: withoutExtension(name),
      weights,
      request: {},
      source: 'trained here',
      saved: false,
      sha256: '',
    } as const;
    await this.working((signal) => this.load(trained, signal));
  }

  /** One that is kept, by name. */
  async use(name: string): Promise<void> {
    await this.working(async (signal) => {
      this.show('reading', name, 0, 1);
      await this.load(await this.find(name), signal);
    });
  }

  /** The one that came with the page. What is asked for after it wins, also where its file takes longer. */
  async useBundled(): Promise<void> {
    await this.working(async (signal) => {
      const { loaded, name } = await this.owner.loadBundled(signal);
      this.forget();
      await this.owner.adopt('bundled', loaded, name);
    });
  }

  /** The network in use with something else said of it: several labels or one, a fresh classifier. */
  async change(network: OwnNetwork, request: Request): Promise<void> {
    await this.working((signal) => this.load({ ...network, request: { ...network.request, ...request } }, signal));
  }

  /** Puts the network in use, which is not kept yet, into the browser's storage. */
  async save(): Promise<void> {
    const own = this.own.peek();
    const loaded = this.loaded;
    if (own && loaded) await this.working((signal) => this.store(own, loaded, signal));
  }

  /** Deletes what is kept, which can be undone for a while; the bundled one takes its place where it is in use. */
  remove(name: string): void {
    const own = this.own.peek();
    const inUse = own?.saved === true && own.name === name;
    this.deleted.add(name);
    this.list();
    if (inUse) void this.useBundled();
    this.owner.undo.offer({
      name,
      undo: () => {
        this.deleted.delete(name);
        this.list();
        if (inUse) void this.use(name);
      },
      commit: async () => {
        // The same file was opened again meanwhile: it stays.
        if (!this.deleted.delete(name)) return;
        await removeSaved(name).catch((error) => {
          this.error.value = pageError(error);
        });
        await this.refresh();
      },
    });
  }

  cancel(): void {
    this.abort?.abort();
  }

  /** A new engine would load another network than the bundled one. */
  get mayForget(): boolean {
    return this.own.value !== undefined || Boolean(address.peek().model ?? setting(LAST));
  }

  /** The bundled one is in use from here on. */
  forget(): void {
    batch(() => {
      this.own.value = undefined;
      this.headless.value = undefined;
      this.partial.value = undefined;
      this.error.value = undefined;
    });
    this.loaded = undefined;
    say(undefined);
  }

  /**
   * The network that was in use before an error, or that the address asks for, or that was used last; undefined: the bundled one.
   * Needs no GPU.
   */
  async wanted(asked: string | undefined): Promise<OwnNetwork | undefined> {
    const refreshed = this.refresh();
    const before = this.own.peek();
    const name = asked ?? setting(LAST) ?? '';
    if (!before && name === '') return undefined;
    try {
      await refreshed;
      const own = before ?? (this.isSaved(name) ? await this.find(name) : undefined);
      this.missing.value = own ? undefined : asked;
      return own;
    } catch (error) {
      return this.unusable(error);
    }
  }

  /** Loads it into the engine; undefined where it cannot be used, and then the network's error says why. */
  async again(own: OwnNetwork): Promise<UsedNetwork | undefined> {
    try {
      const bytes = await readBytes(own.weights, own.name, () => {}, new AbortController().signal);
      const loaded = await this.owner.engine.load({ ...own.request, file: fileOf(own) }, bytes);
      this.settle(own, loaded);
      return { source: own.source, loaded, name: own.name };
    } catch (error) {
      return this.unusable(error);
    }
  }

  private unusable(error: unknown): undefined {
    if (isFatal(error)) throw error;
    this.own.value = undefined;
    this.error.value = pageError(error);
  }

  private isSaved(name: string): boolean {
    return this.saved.peek().some((other) => other.name === name);
  }

  private async find(name: string): Promise<OwnNetwork> {
    const { weights, request } = await openSaved(name);
    const hash = this.saved.peek().find((other) => other.name === name)?.description?.sha256 ?? '';
    return { name, weights, request, source: 'file', saved: true, sha256: hash };
  }

  private async load(network: OwnNetwork, signal: AbortSignal): Promise<void> {
    const { name, weights } = network;
    const of = weights.size;
    const bytes = await readBytes(weights, fileOf(network), (read) => this.show('reading', name, read, of), signal);
    this.show('recognising', name, of, of);
    const hash = network.sha256 || (await sha256(bytes));
    signal.throwIfAborted();
    const loaded = await this.owner.engine.load({ ...network.request, file: fileOf(network) }, bytes).catch((error) => {
      if (lacksClassifier(error)) this.headless.value = network;
      const names = error instanceof WeightsError ? error.unsupported : [];
      this.partial.value = names.length > 0 ? { network, names } : undefined;
      throw error;
    });
    const own = { ...network, sha256: hash };
    this.headless.value = undefined;
    this.partial.value = undefined;
    this.settle(own, loaded);
    const shown = this.owner.adopt(own.source, loaded, name);
    if (own.saved) await describeSaved(name, describe(loaded, hash, own.request)).then(() => this.refresh());
    else if (own.source === 'file') await this.store(own, loaded, signal);
    await shown;
  }

  private settle(own: OwnNetwork, loaded: LoadedNetwork): void {
    this.missing.value = undefined;
    this.loaded = loaded;
    this.own.value = own;
    say(own.saved ? own.name : undefined);
  }

  private async store(own: OwnNetwork, loaded: LoadedNetwork, signal: AbortSignal): Promise<void> {
    const name = nameFor(own.name, own.sha256, this.stored);
    this.deleted.delete(name);
    const of = own.weights.size;
    const onProgress = (bytes: number) => this.show('saving', own.name, bytes, of);
    await saveNetwork(name, own.weights, describe(loaded, own.sha256, own.request), { onProgress, signal });
    const saved = { ...(await openSaved(name)), name, source: own.source, saved: true, sha256: own.sha256 };
    // From here on its bytes come from the storage: the visitor's file may be moved or changed. Another network may have
    // come into use while this one was written.
    if (this.loaded === loaded) this.settle(saved, loaded);
    await this.refresh();
  }

  private show(what: Work['what'], name: string, bytes: number, of: number): void {
    this.work.value = { what, name, bytes, of };
  }

  /** One thing at a time; what fails is said in the panel, unless it is the engine that failed. */
  private async working(act: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.abort?.abort();
    const abort = new AbortController();
    this.abort = abort;
    this.error.value = undefined;
    try {
      await act(abort.signal);
    } catch (error) {
      if (isFatal(error)) this.owner.fail(error);
      // Opening it lost the GPU: the network before it comes back, and this is why.
      if ((!isFatal(error) || error instanceof DeviceLostError) && !abort.signal.aborted)
        this.error.value = pageError(error);
    } finally {
      if (this.abort === abort) this.work.value = undefined;
    }
  }
}

const withoutExtension = (file: string) =>
  file.replace(/\.(safetensors|pth(\.tar)?|pt|bin|ckpt|tar|pkl|onnx)(\.gz)?$/i, '');

const fromFile = (weights: File, request: Request): OwnNetwork => ({
  name: withoutExtension(weights.name),
  weights,
  request,
  source: 'file',
  saved: false,
  sha256: '',
});

/** What errors call it. */
const fileOf = ({ weights, name }: OwnNetwork) => (weights instanceof File ? weights.name : name);

const isFatal = (error: unknown) =>
  error instanceof DeviceLostError || error instanceof NoGpuError || error instanceof GpuError;

const lacksClassifier = (error: unknown) =>
  error instanceof WeightsError && error.missing.length === 1 && /has no classifier/.test(error.message);

/** The last kept network that was in use, for an address that names none. */
const LAST = 'network';

/** The address says which kept network is in use, so that it can be kept, sent to oneself, and gone back to. */
function say(name: string | undefined): void {
  storeSetting(LAST, name ?? null);
  const url = new URL(location.href);
  if (name === undefined) url.searchParams.delete('model');
  else url.searchParams.set('model', name);
  if (url.href === location.href) return;
  history.replaceState(history.state, '', url);
  address.value = readAddress(url);
}
