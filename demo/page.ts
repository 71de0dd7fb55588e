// The page's state, as signals, and everything that changes it. Views only read and call; nothing else holds state that
// outlives a view. One engine at a time: one that is lost is made anew without asking, and the picture is classified again.

import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { LabelledImages } from '../src/data/idx.ts';
import { isLoss, openAgain, Restarts, SILENCE } from '../src/jobs/worker-transport.ts';
import { DeviceLostError } from '../src/runtime/errors.ts';
import { type Picture, samplePicture } from './classify/picture.ts';
import { type Answer, type Shown, Stage, type UsedNetwork } from './classify/stage.ts';
import { isNotFinite, isReplaced, type LoadedNetwork } from './contract.ts';
import { Engine } from './engine.ts';
import { assertCurrentBrowser, type PageError, pageError } from './errors/page-error.ts';
import { fetchBundledNetwork, fetchSample } from './files.ts';
import type { FileSelection } from './images/file-selection.ts';
import { ImageInput } from './images/image-input.ts';
import { Inside } from './inside/inside.ts';
import { Networks, type OwnNetwork } from './network/networks.ts';
import { isSideFile, isWeightFile } from './network/weight-files.ts';
import { isProjectName, ProjectState } from './project/project.ts';
import { SelfTest } from './self-test/self-test.ts';
import { Training } from './train/training.ts';
import { Undo } from './undo/undo.ts';
import { address, goTo } from './views.ts';
import { Camera } from './webcam/camera.ts';
import { Live } from './webcam/live.ts';
import { WhyPanelState } from './why/why.ts';

export interface Opening {
  readonly step: 'worker' | 'network';
  /** Of three. */
  readonly attempt: number;
  /** It takes long: shaders are being compiled on a slow machine. */
  readonly slow: boolean;
}

/** Milliseconds after which compiling is said to take long. */
const SLOW = 10_000;

export class Page {
  /** What keeps the engine from working at all. */
  readonly error: Signal<PageError | undefined> = signal();
  /** How far the engine is while it is opened. */
  readonly opening: Signal<Opening | undefined> = signal();
  /** The GPU was lost while it was in use, and the engine was made anew. */
  readonly restarted = signal(false);
  private readonly stage = new Stage();
  readonly network: ReadonlySignal<UsedNetwork | undefined> = this.stage.network;
  readonly shown: ReadonlySignal<Shown | undefined> = this.stage.shown;
  /** The picture whose answer is waited for. */
  readonly asked: ReadonlySignal<Picture | undefined> = this.stage.asked;
  readonly busy: ReadonlySignal<boolean> = computed(() => this.stage.asking.value || this.opening.value !== undefined);
  /** The network that came with the page, once it was loaded. */
  readonly bundled: Signal<LoadedNetwork | undefined> = signal();
  readonly samples: Signal<LabelledImages | undefined> = signal();
  /** What was deleted a moment ago. */
  readonly undo = new Undo();
  /** Images of the visitor's own. */
  readonly images = new ImageInput(this);
  readonly camera = new Camera();
  readonly live = new Live(this);
  /** Weights of the visitor's own. */
  readonly networks = new Networks(this);
  readonly training = new Training(this);
  /** All of it as one file. */
  readonly project = new ProjectState(this);
  readonly inside = new Inside(this);
  readonly selfTest = new SelfTest(this);
  readonly why = new WhyPanelState(this);
  private current: Engine | undefined;
  private engines = 0;
  private readonly restarts = new Restarts();
  /** What is classified, also by the next network. */
  private picture: Picture | undefined;

  /** The engine in use. Its calls fail once it is lost. */
  get engine(): Engine {
    this.current ??= new Engine(++this.engines, (reason) => this.restart(reason));
    return this.current;
  }

  /** From nothing, or after an error, to a picture with its classes. */
  async start(): Promise<void> {
    if (this.opening.peek()) return;
    this.error.value = undefined;
    this.opening.value = { step: 'worker', attempt: 1, slow: false };
    try {
      assertCurrentBrowser();
      await openAgain((attempt) => this.open(attempt), {
        onAgain: (attempt) => {
          this.opening.value = { step: 'worker', attempt, slow: false };
        },
      });
      this.opening.value = undefined;
    } catch (error) {
      this.opening.value = undefined;
      this.stop(error);
    }
  }

  /** One attempt, in a worker of its own. */
  private async open(attempt: number): Promise<void> {
    this.current?.close();
    this.current = undefined;
    const { engine } = this;
    // The worker starts, and finds its GPU, while the files are on their way.
    const opened = engine.open(SILENCE[attempt - 1] ?? SILENCE[0]);
    const samples = Promise.resolve(this.samples.peek() ?? fetchSample('test')).then((images) => {
      this.samples.value = images;
      this.stage.begin(samplePicture(images, 0));
      return images;
    });
    const wanted = this.networks.wanted(address.peek().model);
    for (const later of [samples, wanted]) later.catch(() => undefined);
    await opened;
    this.opening.value = { step: 'network', attempt, slow: false };
    const timer = setTimeout(() => {
      this.opening.value = { step: 'network', attempt, slow: true };
    }, SLOW);
    try {
      const [used, images] = await Promise.all([this.loadFirst(await wanted), samples]);
      this.stage.use(used);
      this.selfTest.recall(used.loaded.adapter.name);
      this.picture ??= samplePicture(images, 0);
      await this.answer(this.picture);
      engine.assertAlive();
    } finally {
      clearTimeout(timer);
    }
  }

  /** Whatever was dropped: weights, with what lies beside them, become the network; anything else are images. */
  async takeFiles(selection: FileSelection): Promise<void> {
    const files = selection.files.map(({ file }) => file);
    const [first] = files;
    if (first && isProjectName(first.name)) {
      goTo('train');
      await this.project.open(first);
      return;
    }
    const own = this.networks.own.peek() !== undefined;
    const weights = files.some(isWeightFile) || (own && files.length > 0 && files.every(isSideFile));
    await (weights ? this.networks.take(files) : this.images.take(selection));
  }

  /** Shows a picture; of several in a row the last one stays. */
  async classify(picture: Picture): Promise<void> {
    this.images.forgetNote();
    this.live.stop();
    this.camera.stop();
    this.restarted.value = false;
    this.picture = picture;
    try {
      await this.answer(picture);
    } catch (error) {
      this.fail(error);
    }
  }

  /** Asks the network in use, and shows what it answers while nothing else was asked. */
  private async answer(picture: Picture): Promise<void> {
    const question = this.stage.ask(picture);
    if (!question) return;
    try {
      const { network } = question;
      const fitted = await this.images.fit(picture, network);
      if (!this.stage.isAsked(question)) return;
      this.stage.answer(question, fitted, await this.ask(network, fitted));
    } catch (error) {
      // Nobody waits for it any more; or the worker has another network already, which the page is about to be told of.
      if (this.stage.isAsked(question) && !isReplaced(error)) throw error;
    }
  }

  /** Shows a picture of the webcam; the map is of the class that was chosen before. A still picture given meanwhile stays. */
  async showLive(network: UsedNetwork, picture: Picture): Promise<void> {
    const { turn } = this.stage;
    this.stage.answerLive(turn, picture, await this.ask(network, picture));
  }

  private async ask({ loaded }: UsedNetwork, { pixels }: Picture): Promise<Answer> {
    try {
      return await this.engine.classify(loaded, pixels);
    } catch (error) {
      if (isNotFinite(error)) return { problem: pageError(error) };
      throw error;
    }
  }

  /** The webcam's last picture becomes one like any other. */
  async keepFrame(): Promise<void> {
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
    this.stage.choose(place);
  }

  /** Another network is in the engine: what is shown becomes its view of it. */
  async adopt(source: UsedNetwork['source'], loaded: LoadedNetwork, name: string): Promise<void> {
    this.stage.use({ source, loaded, name });
    // The webcam goes on: its next picture is the new network's.
    if (this.camera.state.peek().kind === 'on') return;
    if (this.picture) await this.classify(this.picture);
  }

  /** Something that the engine does not survive. A lost GPU is made anew, and so is not an error yet. */
  fail(error: unknown): void {
    this.stage.giveUp();
    // Whoever opens the engine hears of it too, and opens another one.
    if (this.opening.peek() && isLoss(error)) return;
    if (error instanceof DeviceLostError) this.restart(error.reason);
    else this.stop(error);
  }

  private stop(error: unknown): void {
    this.stage.giveUp();
    this.error.value ??= pageError(error);
  }

  /** The GPU was lost: a new engine classifies the picture again, unless that happens over and over. */
  private restart(reason: string): void {
    if (this.opening.peek() || this.error.peek()) return;
    if (!this.restarts.mayAgain(performance.now())) {
      this.stop(new DeviceLostError(reason));
      return;
    }
    this.restarted.value = true;
    this.live.stop();
    this.camera.stop();
    const { queue } = this.images;
    const queueRan = queue.state.peek() === 'running';
    void this.start().then(() => {
      if (queueRan && !this.error.peek()) void queue.resume();
    });
  }

  /** Into the engine: the network that is wanted, or the bundled one. */
  private async loadFirst(wanted: OwnNetwork | undefined): Promise<UsedNetwork> {
    const own = wanted && (await this.networks.again(wanted));
    return own ?? { source: 'bundled', ...(await this.loadBundled()) };
  }

  async loadBundled(signal?: AbortSignal): Promise<Omit<UsedNetwork, 'source'>> {
    const { name, bytes } = await fetchBundledNetwork();
    signal?.throwIfAborted();
    const loaded = await this.engine.load({ file: name }, bytes);
    this.bundled.value = loaded;
    return { loaded, name };
  }
}
