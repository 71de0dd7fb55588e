// The jobs `open`, which finds the GPU, and `load`: a file of weights becomes the network in use.

import imagenetNames from '../../data/imagenet/class-names.txt?url';
import { isJsonObject, parseJson } from '../../src/data/json.ts';
import { lacksImagenetNames, withImagenetNames } from '../../src/densenet/weights/head.ts';
import { type ImportedNetwork, importWeights } from '../../src/densenet/weights/import-weights.ts';
import type { HostContext, Jobs } from '../../src/jobs/job.ts';
import { attachment, type Message, message } from '../../src/jobs/message.ts';
import { inflateIfGzipped } from '../../ui/gunzip.ts';
import type { Loaded } from './loaded.ts';
import type { LoadedNetwork, LoadRequest, TrainingRecord } from './protocol.ts';

export const networkJobs = (loaded: Loaded): Jobs => ({
  open: (_, context) =>
    loaded.serial(async () => {
      await loaded.open(context);
      return message(null);
    }),
  load: (input, context) => loaded.serial(() => load(loaded, input, context)),
});

/** Takes the attachment `checkpoint`. A bad file leaves the old network in place. */
async function load(loaded: Loaded, input: Message, context: HostContext): Promise<Message> {
  const { file, ...options } = input.head as unknown as LoadRequest;
  const found = await named(
    importWeights(await inflateIfGzipped(attachment(input, 'checkpoint'), file), file, options),
  );
  const { config, state, preprocessing, classNames, multiLabel, report, metadata } = found;
  const { mean, std } = preprocessing;
  const device = await loaded.open(context);
  const { model } = await loaded.replace(device, config, state, { normalisation: { mean, std } });
  loaded.multiLabel = multiLabel;
  const answer: LoadedNetwork = {
    id: loaded.id,
    adapter: { name: device.adapter.name, software: device.adapter.software },
    config: { ...config },
    parameters: model.network.parameterCount,
    layers: config.blockLayers,
    growthRate: config.growthRate,
    classNames: classNames ?? Array.from({ length: config.classes }, (_, k) => String(k)),
    channels: config.inputChannels,
    height: config.height,
    width: config.width,
    ...{ preprocessing, multiLabel, report },
    thresholds: found.thresholds ?? thresholdsOf(metadata.thresholds, config.classes),
    training: trainingRecord(metadata.training),
  };
  return message(answer);
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
    const { validation, images, epochs, interrupted } = found;
    if (typeof validation !== 'number' || typeof images !== 'number' || typeof epochs !== 'number') return null;
    return { validation, images, epochs, interrupted: interrupted === true };
  } catch {
    return null;
  }
}

/** One a class, in [0, 1]; a text that is something else is nothing. */
function thresholdsOf(text: string | undefined, classes: number): number[] | null {
  try {
    const values: unknown = parseJson(text ?? 'null', 'thresholds');
    if (!Array.isArray(values) || values.length !== classes) return null;
    return values.every((value) => typeof value === 'number' && value >= 0 && value <= 1) ? values : null;
  } catch {
    return null;
  }
}
