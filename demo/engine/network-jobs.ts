// The jobs `open`, which finds the GPU, and `load`: a checkpoint becomes the network in use.

import { readSafetensors } from '../../src/data/safetensors.ts';
import { readCheckpoint } from '../../src/densenet/training/checkpoint.ts';
import type { HostContext, Jobs } from '../../src/hosts/job.ts';
import { attachment, type Message, message } from '../../src/hosts/message.ts';
import { StateError } from '../../src/runtime/errors.ts';
import type { Loaded } from './loaded.ts';
import type { LoadedNetwork, TrainingRecord } from './protocol.ts';

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
  const file = typeof input.head === 'string' ? input.head : 'checkpoint';
  const bytes = attachment(input, 'checkpoint');
  const { config, state, classNames, normalisation } = readCheckpoint(bytes, file);
  if (!normalisation) throw new StateError('normalisation', 'is not said in this checkpoint');
  const device = await loaded.open(context);
  const { model } = await loaded.replace(device, config, state, { normalisation });
  const answer: LoadedNetwork = {
    adapter: { name: device.adapter.name, software: device.adapter.software },
    ...{ config: { ...config }, normalisation: { ...normalisation } },
    parameters: model.network.parameterCount,
    layers: config.blockLayers,
    growthRate: config.growthRate,
    classNames: classNames ?? Array.from({ length: config.classes }, (_, k) => String(k)),
    channels: config.inputChannels,
    height: config.height,
    width: config.width,
    training: trainingRecord(readSafetensors(bytes, file).metadata.training),
  };
  return message(answer);
}

/** What the file says of its training. Nothing depends on it: a text that is something else is nothing. */
function trainingRecord(text: string | undefined): TrainingRecord | null {
  if (text === undefined) return null;
  try {
    const { heldOut, images, epochs, interrupted } = JSON.parse(text);
    if (![heldOut, images, epochs].every((n) => typeof n === 'number')) return null;
    return { heldOut, images, epochs, interrupted: interrupted === true };
  } catch {
    return null;
  }
}
