// The jobs on the network in use: `open` finds the GPU, `load` makes a file of weights the network in use, `classify` gives
// a picture's logits and the class activation maps of its likeliest classes, `tensor-logits` those of prepared inputs.

import imagenetNames from '../../data/imagenet/class-names.txt?url';
import { isJsonObject, parseJson } from '../../src/data/json.ts';
import { readNpy } from '../../src/data/npy.ts';
import { toFloat32 } from '../../src/data/tensor.ts';
import { classActivationMap, readHead } from '../../src/densenet/explain/cam.ts';
import { Inference } from '../../src/densenet/inference.ts';
import { lacksImagenetNames, withImagenetNames } from '../../src/densenet/weights/head.ts';
import type { ImportedNetwork } from '../../src/densenet/weights/import-options.ts';
import { importWeights } from '../../src/densenet/weights/import-weights.ts';
import { defineJob, type JobContext, jobRegistry } from '../../src/jobs/define-job.ts';
import { DataError } from '../../src/runtime/errors.ts';
import { inflateIfGzipped } from '../../ui/gunzip.ts';
import type { LoadedNetwork, LoadRequest, Of, TrainingRecord } from '../contract.ts';
import type { Loaded } from './loaded.ts';

export const networkJobs = (loaded: Loaded) =>
  jobRegistry(
    defineJob('open', (_request, context) => loaded.enqueue(async () => void (await loaded.open(context)))),
    defineJob('load', (request: LoadRequest & { readonly weights: Uint8Array }, context) =>
      loaded.enqueue(() => load(loaded, request, context)),
    ),
    defineJob('classify', (request: ClassifyRequest, context) =>
      loaded.enqueueFor(request.network, () => classify(loaded, request.pixels, context)),
    ),
    defineJob('tensor-logits', (request: TensorRequest, { signal }) =>
      loaded.enqueueFor(request.network, () => logitsOf(loaded, request, signal)),
    ),
  );

/** A bad file leaves the old network in place. */
async function load(
  loaded: Loaded,
  { file, weights, ...options }: LoadRequest & { readonly weights: Uint8Array },
  context: JobContext,
): Promise<LoadedNetwork> {
  const found = await named(await importWeights(await inflateIfGzipped(weights, file), file, options));
  const { config, state, preprocessing, classNames, multiLabel, report, metadata } = found;
  const { mean, std } = preprocessing;
  const device = await loaded.open(context);
  const { model } = await loaded.replace(device, config, state, { normalisation: { mean, std } });
  loaded.multiLabel = multiLabel;
  return {
    id: loaded.id,
    adapter: { name: device.adapter.name, software: device.adapter.software },
    config,
    parameters: model.network.parameterCount,
    layers: config.blockLayers,
    growthRate: config.growthRate,
    classNames: classNames ?? Array.from({ length: config.classes }, (_, k) => String(k)),
    channels: config.inputChannels,
    height: config.height,
    width: config.width,
    preprocessing,
    multiLabel,
    report,
    temperature: found.temperature,
    thresholds: found.thresholds ?? thresholdsOf(metadata.thresholds, config.classes),
    training: trainingRecord(metadata.training),
  };
}

/** With ImageNet's names where they are meant; a page that cannot fetch them does without. */
async function named(network: ImportedNetwork): Promise<ImportedNetwork> {
  if (!lacksImagenetNames(network)) return network;
  const text = await fetch(imagenetNames).then(
    (response) => (response.ok ? response.text() : ''),
    () => '',
  );
  return withImagenetNames(network, text.trim().split('\n'));
}

/** What the file says of its training. Nothing depends on it: a text that is something else is nothing. */
function trainingRecord(text: string | undefined): TrainingRecord | null {
  if (text === undefined) return null;
  try {
    const found = parseJson(text, 'training');
    if (!isJsonObject(found)) return null;
    // Version 0.1.0 called the accuracy on validation images `heldOut`.
    const { heldOut, validation = heldOut, images, epochs, interrupted } = found;
    if (typeof validation !== 'number' || typeof images !== 'number' || typeof epochs !== 'number') return null;
    return { validation, images, epochs, interrupted: interrupted === true };
  } catch {
    return null;
  }
}

/** One per class, in [0, 1]; null where the text is anything else. */
function thresholdsOf(text: string | undefined, classes: number): number[] | null {
  try {
    const values: unknown = parseJson(text ?? 'null', 'thresholds');
    if (!Array.isArray(values) || values.length !== classes) return null;
    return values.every((value) => typeof value === 'number' && value >= 0 && value <= 1) ? values : null;
  } catch {
    return null;
  }
}

/** What `classify` is asked. */
export type ClassifyRequest = Of & {
  /** Bytes [C][H][W] of the network's input. */
  readonly pixels: Uint8Array<ArrayBuffer>;
};

/** What `classify` answers. */
export type Classified = {
  /** Class numbers, likeliest first. */
  readonly top: readonly number[];
  readonly multiLabel: boolean;
  /** [classes] */
  readonly logits: Float32Array;
  /** Class activation maps, [top][height][width] in the order of `top`. */
  readonly maps: Float32Array;
  readonly height: number;
  readonly width: number;
  /** From the upload to the logits, and from there to the maps. */
  readonly milliseconds: { readonly logits: number; readonly maps: number };
};

/** How many classes get a map: the likeliest, or all of a network that finds several at once. */
const MAPS = { likeliest: 5, findings: 32 } as const;

async function classify(loaded: Loaded, pixels: Uint8Array<ArrayBuffer>, { now }: JobContext): Promise<Classified> {
  const { inference } = loaded;
  const most = loaded.multiLabel ? MAPS.findings : MAPS.likeliest;
  const start = now();
  const logits = await inference.logits(pixels, 1);
  const middle = now();
  const head = await readHead(inference);
  const top = [...logits.keys()].sort((a, b) => (logits[b] ?? 0) - (logits[a] ?? 0)).slice(0, most);
  const area = head.height * head.width;
  const maps = new Float32Array(top.length * area);
  for (const [place, label] of top.entries()) maps.set(classActivationMap(head, 0, label), place * area);
  return {
    top,
    multiLabel: loaded.multiLabel,
    // A copy: the answer's arrays are handed over.
    logits: logits.slice(),
    maps,
    height: head.height,
    width: head.width,
    milliseconds: { logits: middle - start, maps: now() - middle },
  };
}

/** What `tensor-logits` is asked. */
export type TensorRequest = Of & {
  /** An .npy file of inputs that are prepared already, [N][C][H][W]. */
  readonly npy: Uint8Array;
  /** What errors call it. */
  readonly file: string;
};

/** Images per run, at most. */
const BATCH = 8;

/** Logits [N][classes], to be compared with another program's, number for number. */
async function logitsOf(
  loaded: Loaded,
  { npy, file }: TensorRequest,
  signal: AbortSignal,
): Promise<Float32Array<ArrayBuffer>> {
  const tensor = readNpy(npy, file);
  const { model } = loaded.inference;
  const { inputChannels, height, width, classes } = model.config;
  const wanted = [inputChannels, height, width];
  const [count = 0, ...shape] = tensor.shape.length === 3 ? [1, ...tensor.shape] : tensor.shape;
  if (count === 0 || String(shape) !== String(wanted)) {
    throw new DataError(file, 0, `has shape [${tensor.shape}]; the network in use takes [N, ${wanted.join(', ')}]`);
  }
  const values = toFloat32(tensor);
  const size = inputChannels * height * width;
  const logits = new Float32Array(count * classes);
  const inference = await Inference.create(model, { batch: Math.min(BATCH, count) });
  try {
    for (let at = 0; at < count; at += BATCH) {
      signal.throwIfAborted();
      const these = Math.min(BATCH, count - at);
      logits.set(await inference.logits(values.slice(at * size, (at + these) * size), these), at * classes);
    }
  } finally {
    inference.destroy();
  }
  return logits;
}
