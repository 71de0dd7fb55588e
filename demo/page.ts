// The page's state, as signals, and everything that changes it. Views only read and call; nothing else holds state that
// outlives a view. One engine at a time: after trouble a new one is made, and the picture is classified again.

import { type Signal, signal } from '@preact/signals';
import type { LabelledImages } from '../src/data/idx.ts';
import { DeviceLostError } from '../src/runtime/errors.ts';
import { type Picture, samplePicture } from './classify/picture.ts';
import { type Classification, Engine } from './engine/engine.ts';
import type { LoadedNetwork } from './engine/protocol.ts';
import { fetchBundledNetwork, fetchSample } from './files.ts';
import type { Found } from './images/found-files.ts';
import { ImageIntake } from './images/intake.ts';
import { Inside } from './inside/inside.ts';
import { Networks } from './network/networks.ts';
import { isSideFile, isWeightFile } from './network/weight-files.ts';
import { SelfTest } from './self-test/self-test.ts';
import { Training } from './train/training.ts';
import { type Trouble, troubleHere } from './trouble/advice.ts';
import { assertCurrentBrowser } from './trouble/current-browser.ts';
import { address } from './views.ts';
import { Camera } from './webcam/camera.ts';
import { Live } from './webcam/live.ts';
import { WhyPanelState } from './why/why.ts';

export interface UsedNetwork {
  readonly source: 'bundled' | 'trained here' | 'file';
  /** Of its file, without the extension. */
  readonly name: string;
  readonly loaded: LoadedNetwork;
}

export interface Shown {
  readonly picture: Picture;
  /** Not there yet for the first picture. */
  readonly result: Classification | undefined;
  /** Place in `result.top` of the class whose map is shown. */
  readonly chosen: number;
}

export class Page {
  /** What keeps the engine from working at all. */
  readonly trouble: Signal<Trouble | undefined> = signal();
  readonly network: Signal<UsedNetwork | undefined> = signal();
  /** The network that came with the page, once it was loaded. */
  readonly bundled: Signal<LoadedNetwork | undefined> = signal();
  readonly samples: Signal<LabelledImages | undefined> = signal();
  readonly shown: Signal<Shown | undefined> = signal();
  readonly busy = signal(true);
  /** Images of the visitor's own. */
  readonly images = new ImageIntake(this);
  readonly camera = new Camera();
  readonly live = new Live(this);
  /** Weights of the visitor's own. */
  readonly networks = new Networks(this);
  readonly training = new Training(this);
  readonly inside = new Inside(this);
  readonly selfTest = new SelfTest(this);
  readonly why = new WhyPanelState(this);
  private current: Engine | undefined;
  private picture: Picture | undefined;
  private turn = 0;

  /** The engine in use. Its calls fail once there is trouble. */
  get engine(): Engine {
    this.current ??= new Engine((reason) => this.lose(reason));
    return this.current;
  }

  /** From nothing, or from trouble, to a picture with its classes. */
  async start(): Promise<void> {
    this.current?.close();
    this.current = undefined;
    this.trouble.value = undefined;
    this.busy.value = true;
    try {
      assertCurrentBrowser();
      // The worker starts, and finds its GPU, while the files are on their way.
      const { engine } = this;
      engine.open().catch(() => undefined);
      const samples = Promise.resolve(this.samples.peek() ?? fetchSample('test')).then((images) => {
        this.samples.value = images;
        this.shown.value ??= { picture: samplePicture(images, 0), result: undefined, chosen: 0 };
        return images;
      });
      const [{ loaded, ...used }, images] = await Promise.all([this.loadFirst(), samples]);
      this.network.value = { ...used, loaded };
      this.selfTest.recall(loaded.adapter.name);
      await this.classify(this.picture ?? samplePicture(images, 0));
    } catch (error) {
      this.fail(error);
    }
  }

  /** Whatever was dropped: weights, with what lies beside them, become the network; anything else are images. */
  async takeFiles(found: Found): Promise<void> {
    const files = found.files.map(({ file }) => file);
    const own = this.networks.own.peek() !== undefined;
    const weights = files.some(isWeightFile) || (own && files.length > 0 && files.every(isSideFile));
    await (weights ? this.networks.take(files) : this.images.take(found));
  }

  /** Shows a picture; of several in a row the last one stays. */
  async classify(picture: Picture): Promise<void> {
    const turn = ++this.turn;
    this.images.forgetNote();
    this.live.stop();
    this.camera.stop();
    this.picture = picture;
    this.busy.value = true;
    try {
      const fitted = await this.images.fit(picture);
      const result = await this.engine.classify(fitted.pixels);
      if (turn !== this.turn) return;
      this.shown.value = { picture: fitted, result, chosen: 0 };
      this.busy.value = false;
    } catch (error) {
      this.fail(error);
    }
  }

  /** Shows a picture of the webcam; the map is of the class that was chosen before. A still picture given meanwhile stays. */
  async showLive(picture: Picture): Promise<void> {
    const { turn } = this;
    const result = await this.engine.classify(picture.pixels);
    if (turn !== this.turn) return;
    const before = this.shown.peek();
    const chosen = before?.picture.live && before.chosen > 0 ? before.result?.top[before.chosen]?.label : undefined;
    const place = result.top.findIndex(({ label }) => label === chosen);
    this.shown.value = { picture, result, chosen: Math.max(0, place) };
  }

  /** The webcam's last picture becomes one like any other. */
  async keepLive(): Promise<void> {
    const picture = await this.live.keep();
    if (picture) await this.classify(picture);
  }

  /** Back to the picture that was shown before. */
  async stopLive(): Promise<void> {
    this.camera.stop();
    if (this.picture) await this.classify(this.picture);
  }

  millisecondsAnImage(): number | undefined {
    return this.shown.peek()?.result?.milliseconds.logits;
  }

  choose(place: number): void {
    const shown = this.shown.peek();
    if (shown) this.shown.value = { ...shown, chosen: place };
  }

  /** Classifies with a network that learned here from here on. */
  async use(file: string, checkpoint: Uint8Array): Promise<void> {
    await this.networks.takeTrained(file, checkpoint);
  }

  /** Another network is in the engine: what is shown becomes its view of it. */
  async adopt(source: UsedNetwork['source'], loaded: LoadedNetwork, name: string): Promise<void> {
    this.network.value = { source, loaded, name };
    if (this.picture) await this.classify(this.picture);
  }

  async useBundled(): Promise<void> {
    try {
      const { loaded, name } = await this.loadBundled();
      this.networks.forget();
      await this.adopt('bundled', loaded, name);
    } catch (error) {
      this.fail(error);
    }
  }

  /** Something that the engine does not survive. */
  fail(error: unknown): void {
    this.busy.value = false;
    this.trouble.value ??= troubleHere(error);
  }

  /** The network that was in use before trouble, or that the address asks for, or the bundled one. */
  private async loadFirst(): Promise<UsedNetwork> {
    const own = await this.networks.again(address.peek().model);
    if (!own) return { source: 'bundled', ...(await this.loadBundled()) };
    const { source = 'file', name = '' } = this.networks.own.peek() ?? {};
    return { source, loaded: own, name };
  }

  private async loadBundled(): Promise<Omit<UsedNetwork, 'source'>> {
    const { name, bytes } = await fetchBundledNetwork();
    const loaded = await this.engine.load({ file: name }, bytes);
    this.bundled.value = loaded;
    return { loaded, name };
  }

  private lose(reason: string): void {
    this.fail(new DeviceLostError(reason));
    this.current?.close();
  }
}
