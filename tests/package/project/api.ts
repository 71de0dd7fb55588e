// The whole surface, for TypeScript to check its declarations in full.
import * as densenet from 'densenet-webgpu';

export const device: Promise<densenet.Device> = densenet.Device.open(navigator.gpu);
export const names: readonly (keyof typeof densenet)[] = ['DenseNet', 'Inference', 'Trainer'];
