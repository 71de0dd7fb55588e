// One network's explanations, by method: what the command and the page ask for. It owns the plans that they need and caches
// the last one, so that the next explanation of its kind starts at once; the network's memory is not its own.

import { ConfigError, DisposedError, LimitError } from '../../runtime/errors.ts';
import { checkInstance, checkOptions } from '../../runtime/options.ts';
import { checkImages } from '../images.ts';
import { Inference } from '../inference.ts';
import { DenseNet } from '../model.ts';
import { classActivationMap, readHead } from './cam.ts';
import { Explainer, oneHot } from './explainer.ts';
import { gradCam, overChannels, timesInput } from './gradient-maps.ts';
import { integratedGradients } from './integrated-gradients.ts';
import { checkRequest, EXPLAIN_METHODS, type ExplainRequest } from './methods.ts';
import { type Explained, PROGRESS_RULES, type ProgressOptions } from './micro-batches.ts';
import { defaultWindows, occlusion } from './occlusion.ts';
import { smoothGrad } from './smooth-grad.ts';
import { featureTargets } from './target.ts';

/** Where in an image the score of a class comes from. */
export interface Explanation {
  /** One number per place. */
  readonly map: {
    /** Rows. */
    readonly height: number;
    /** Columns. */
    readonly width: number;
    /** [height][width] */
    readonly values: Float32Array<ArrayBuffer>;
    /** Values below zero count against the class; else the map only has magnitudes. */
    readonly signed: boolean;
  };
  /** One number per input value, [C][H][W], which the map summarises; only where the method explains the input. */
  readonly attribution: Float32Array<ArrayBuffer> | undefined;
  /**
   * Of integrated gradients: by how much the attributions miss the logit's difference, and that difference.
   */
  readonly completeness?: {
    /** Sum of the attributions less `difference`. */
    readonly error: number;
    /** The logit of the image less that of the baseline. */
    readonly difference: number;
  };
}

/** Most pixels and images of a micro-batch: enough to fill a GPU, little enough for its memory. */
const BATCH_PIXELS = 2 ** 18;
const MOST_IMAGES = 16;

/**
 * Explains why an image gets its score of a class, by any of `EXPLAIN_METHODS`. Keeps the plan that it used last on the GPU.
 */
export class Explanations {
  private cached: { readonly key: string; readonly runner: Explainer | Inference } | undefined;
  /** The explanation asked for last: they run one after another, because a runner keeps what its last run left. */
  private last: Promise<unknown> = Promise.resolve();
  private isDestroyed = false;

  /** @throws ConfigError for anything but a DenseNet */
  constructor(
    /** The network that it explains. */
    readonly model: DenseNet,
  ) {
    checkInstance('model', model, DenseNet, 'DenseNet', 'await DenseNet.create(device, config)');
  }

  /**
   * Explains one image; undefined where the signal aborted it. The image is copied at the call; calls that are not awaited run
   * one after another.
   * @param image [C][H][W] float32 as the network takes it (normalised)
   * @throws ConfigError for an invalid request; LimitError where not even one image fits; DisposedError, GpuError,
   * DeviceLostError
   */
  async explain(
    image: Float32Array<ArrayBuffer>,
    request: ExplainRequest,
    progress: ProgressOptions = {},
  ): Promise<Explanation | undefined> {
    this.assertAlive();
    checkRequest(request);
    checkOptions<ProgressOptions>('options of an explanation', progress, PROGRESS_RULES);
    const { config } = this.model;
    checkImages('image', image, 'Float32Array', 1, config);
    const explained: Explained = { image: image.slice(), seed: oneHot([request.label], config.classes) };
    const asked = { ...request };
    const result = this.last.then(() => this.explainNow(explained, asked, { ...progress }));
    this.last = result.catch(() => undefined);
    return result.catch((error: unknown) => {
      // Its runner was destroyed with it.
      throw this.isDestroyed && error instanceof DisposedError ? new DisposedError('Explanations') : error;
    });
  }

  private async explainNow(
    explained: Explained,
    request: ExplainRequest,
    progress: ProgressOptions,
  ): Promise<Explanation | undefined> {
    this.assertAlive();
    const { config } = this.model;
    const { image } = explained;
    switch (request.method) {
      case 'cam':
        return this.cam(image, request.label);
      case 'grad-cam':
        return this.gradCam(explained, request);
      case 'input-gradient':
      case 'input-x-gradient': {
        const { gradient } = await (await this.explainer('input', 1)).gradients(image, explained.seed, 1);
        if (request.method === 'input-gradient') return this.ofInput(gradient, 'largest');
        return this.ofInput(timesInput(image, gradient), 'sum');
      }
      case 'smooth-grad': {
        const options = { ...pick(request, ['samples', 'level', 'seed']), ...progress };
        const gradient = await smoothGrad(await this.inputExplainer(), explained, options);
        return gradient && this.ofInput(gradient, 'largest');
      }
      case 'integrated-gradients': {
        const options = { ...pick(request, ['steps', 'rule']), ...progress };
        const found = await integratedGradients(await this.inputExplainer(), explained, options);
        if (!found) return undefined;
        const completeness = { error: found.completenessError, difference: found.atImage - found.atBaseline };
        return { ...this.ofInput(found.attribution, 'sum'), completeness };
      }
      case 'occlusion': {
        const { height, width } = config;
        const options = { ...defaultWindows(config), ...pick(request, ['window', 'stride', 'baseline']), ...progress };
        const values = await occlusion(await this.occlusionRunner(), explained, options);
        return values && { map: { height, width, values, signed: true }, attribution: undefined };
      }
      default:
        throw new ConfigError('method', request.method, `must be one of ${EXPLAIN_METHODS.join(', ')}`);
    }
  }

  /**
   * Frees the GPU memory of its plans; the network stays. What is under way and later calls are rejected with DisposedError.
   * May be called more than once.
   */
  destroy(): void {
    this.isDestroyed = true;
    this.release();
  }

  /** Calls `destroy`. */
  [Symbol.dispose](): void {
    this.destroy();
  }

  private assertAlive(): void {
    if (this.isDestroyed) throw new DisposedError('Explanations');
    this.model.assertAlive();
  }

  private release(): void {
    this.cached?.runner.destroy();
    this.cached = undefined;
  }

  private async cam(image: Float32Array<ArrayBuffer>, label: number): Promise<Explanation> {
    const runner = await this.runner('cam', () => Inference.create(this.model, { batch: 1, keepFeatures: true }));
    await runner.logits(image, 1);
    const head = await readHead(runner);
    const { height, width } = head;
    return {
      map: { height, width, values: classActivationMap(head, 0, label), signed: true },
      attribution: undefined,
    };
  }

  private async gradCam({ image, seed }: Explained, { target, signed = false }: ExplainRequest): Promise<Explanation> {
    const blocks = [...featureTargets(this.model.network).keys()].filter((name) => name.startsWith('denseblock'));
    const explainer = await this.explainer(target ?? blocks.at(-1) ?? 'norm5', 1);
    const gradients = await explainer.gradients(image, seed, 1);
    const [, height, width] = gradients.shape;
    return { map: { height, width, values: gradCam(gradients, { signed }), signed }, attribution: undefined };
  }

  private ofInput(attribution: Float32Array<ArrayBuffer>, rule: 'largest' | 'sum'): Explanation {
    const { inputChannels, height, width } = this.model.config;
    const values = overChannels(attribution, inputChannels, rule);
    return { map: { height, width, values, signed: rule === 'sum' }, attribution };
  }

  private explainer(target: string, batch: number): Promise<Explainer> {
    return this.runner(`${target} ${batch}`, () => Explainer.create(this.model, { target, batch }));
  }

  private inputExplainer(): Promise<Explainer> {
    return this.fitting((batch) => this.explainer('input', batch));
  }

  private occlusionRunner(): Promise<Inference> {
    return this.fitting((batch) => this.runner(`occlusion ${batch}`, () => Inference.create(this.model, { batch })));
  }

  /** Made for a micro-batch that suits the image's size, or for the largest that the device allows. */
  private async fitting<R>(make: (batch: number) => Promise<R>): Promise<R> {
    const { height, width } = this.model.config;
    const batch = Math.max(1, Math.min(MOST_IMAGES, Math.floor(BATCH_PIXELS / (height * width))));
    try {
      return await make(batch);
    } catch (error) {
      if (error instanceof LimitError && error.largestBatch > 0) return make(error.largestBatch);
      throw error;
    }
  }

  /** The runner of this key: the cached one, or a new one in its place. */
  private async runner<R extends Explainer | Inference>(key: string, make: () => Promise<R>): Promise<R> {
    // A key belongs to one kind of runner.
    if (this.cached?.key === key) return this.cached.runner as R;
    this.release();
    const runner = await make();
    if (this.isDestroyed) {
      runner.destroy();
      throw new DisposedError('Explanations');
    }
    this.cached = { key, runner };
    return runner;
  }
}

/** Those of the options that were given. */
function pick<T extends object, K extends keyof T>(from: T, names: readonly K[]): Partial<Pick<T, K>> {
  const picked: Partial<Pick<T, K>> = {};
  for (const name of names) if (from[name] !== undefined) picked[name] = from[name];
  return picked;
}
