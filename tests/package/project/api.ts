// The whole surface, for TypeScript to check its declarations in full.
import * as densenet from 'densenet-webgpu';
import * as node from 'densenet-webgpu/node';

export const device: Promise<densenet.Device> = densenet.Device.open(navigator.gpu);
export const names: readonly (keyof typeof densenet)[] = ['DenseNet', 'Inference', 'Trainer'];
export const opened: Promise<densenet.Device> = node.openDevice();
export const train: Promise<densenet.ImageDataset> = node.openDataset('photos').then((set) => set.train);
