// What the worker does for the demo page: one network that stays loaded and classifies, and trainings beside it.
// Classifications wait for each other, because a map is read from what the run before it left on the GPU.

import { readSafetensors } from '../../src/data/safetensors.ts';
import { classActivationMap, readHead } from '../../src/densenet/explain/cam.ts';
import { Inference } from '../../src/densenet/inference.ts';
import { DenseNet } from '../../src/densenet/model.ts';
import { readCheckpoint } from '../../src/densenet/training/checkpoint.ts';
import type { Notify } from '../../src/hosts/browser.ts';
import type { HostContext, Jobs } from '../../src/hosts/job.ts';
import { trainJob } from '../../src/hosts/jobs/train.ts';
import { attachment, type Message, message } from '../../src/hosts/message.ts';
import { Device } from '../../src/runtime/device.ts';
import { ConfigError, StateError } from '../../src/runtime/errors.ts';
import { type Classified, LOST, type LoadedNetwork, MAPS, type TrainingRecord } from './protocol.ts';

export function demoJobs(notify: Notify): Jobs {
  const classifier = new Classifier((reason) => notify({ kind: LOST, reason }));
  return {
    load: (input, context) => classifier.serial(() => classifier.load(input, context)),
    classify: (input, context) => classifier.serial(() => classifier.classify(input, context)),
    train: trainJob,
  };
}

class Classifier {
  private device: Device | undefined;
  private inference: Inference | undefined;
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly onLost: (reason: string) => void) {}

  serial<T>(work: () => Promise<T>): Promise<T> {
    const result = this.last.then(work);
    this.last = result.catch(() => undefined);
    return result;
  }

  /** Replaces the network by that of the attachment `checkpoint`. A bad file leaves the old one in place. */
  async load(input: Message, context: HostContext): Promise<Message> {
    const file = typeof input.head === 'string' ? input.head : 'checkpoint';
    const bytes = attachment(input, 'checkpoint');
    const { config, state, classNames, normalisation } = readCheckpoint(bytes, file);
    if (!normalisation) throw new StateError('normalisation', 'is not said in this checkpoint');
    const device = await this.open(context);
    const model = await DenseNet.create(device, config, { state });
    const inference = await Inference.create(model, { batch: 1, normalisation, keepFeatures: true }).catch((error) => {
      model.destroy();
      throw error;
    });
    this.inference?.destroy();
    this.inference?.model.destroy();
    this.inference = inference;
    const loaded: LoadedNetwork = {
      adapter: { name: device.adapter.name, software: device.adapter.software },
      parameters: model.network.parameterCount,
      layers: config.blockLayers,
      growthRate: config.growthRate,
      classNames: classNames ?? Array.from({ length: config.classes }, (_, k) => `class ${k}`),
      channels: config.inputChannels,
      height: config.height,
      width: config.width,
      training: trainingRecord(readSafetensors(bytes, file).metadata.training),
    };
    return message(loaded);
  }

  /** Takes the attachment `pixels`, bytes [C][H][W]. */
  async classify(input: Message, { now }: HostContext): Promise<Message> {
    const { inference } = this;
    if (!inference) throw new ConfigError('network', 'none', 'is loaded; load one first');
    const start = now();
    const logits = await inference.logits(attachment(input, 'pixels').slice(), 1);
    const middle = now();
    const head = await readHead(inference);
    const top = [...logits.keys()].sort((a, b) => (logits[b] ?? 0) - (logits[a] ?? 0)).slice(0, MAPS);
    const area = head.height * head.width;
    const maps = new Float32Array(top.length * area);
    for (const [place, label] of top.entries()) maps.set(classActivationMap(head, 0, label), place * area);
    const classified: Classified = {
      top,
      height: head.height,
      width: head.width,
      milliseconds: { logits: middle - start, maps: now() - middle },
    };
    return message(classified, { logits: new Uint8Array(logits.slice().buffer), maps: new Uint8Array(maps.buffer) });
  }

  private async open({ gpu, now }: HostContext): Promise<Device> {
    if (this.device) {
      this.device.assertAlive();
      return this.device;
    }
    const device = await Device.open(gpu, { now });
    device.whenLost.then(({ message, reason }) => this.onLost(message || reason));
    this.device = device;
    return device;
  }
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
