// This library as one of the libraries, through its public surface alone.

import { version } from '../../package.json';
import { DenseNet, Device, Inference, Trainer } from '../../src/index.ts';
import type { Baseline, BaselineRequest } from './baseline.ts';

const open = async ({ network, state }: BaselineRequest) => {
  const device = await Device.open(navigator.gpu);
  return { device, model: await DenseNet.create(device, network.config, { state }) };
};

export const baseline: Baseline = {
  version,
  inference: async (request) => {
    const { device, model } = await open(request);
    const inference = await Inference.create(model, { batch: request.batch, unroll: true });
    return {
      logits: (images) => inference.logits(images, request.batch),
      destroy: () => device.destroy(),
    };
  },
  training: async (request, optimizer) => {
    const { device, model } = await open(request);
    let rate = 0;
    const trainer = await Trainer.create(model, {
      batch: request.batch,
      optimizer,
      schedule: () => rate,
      unroll: true,
    });
    return {
      step: async (images, labels, learningRate) => {
        rate = learningRate;
        return (await trainer.step({ images, labels })).loss;
      },
      state: () => model.stateDict(),
      destroy: () => device.destroy(),
    };
  },
};
