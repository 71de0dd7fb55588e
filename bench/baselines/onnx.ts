// ONNX Runtime Web on its WebGPU provider: inference of the ONNX file that `densenet export` writes, with a fixed batch.

import wasm from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url';
import * as ort from 'onnxruntime-web/webgpu';
import { devDependencies } from '../../package.json';
import { ONNX_INPUT, onnxOutput, writeOnnx } from '../../src/export/onnx.ts';
import type { Baseline } from './baseline.ts';

const OUTPUT = onnxOutput();

// One thread, in the worker that this runs in anyway; its WebAssembly comes from where the page came from.
ort.env.wasm.numThreads = 1;
ort.env.wasm.wasmPaths = { wasm: new URL(wasm, import.meta.url).href };
ort.env.logLevel = 'error';

export const baseline: Baseline = {
  version: devDependencies['onnxruntime-web'],
  inference: async ({ network, state, batch }) => {
    const model = writeOnnx(network, state, { batch });
    const session = await ort.InferenceSession.create(model, { executionProviders: ['webgpu'] });
    const { inputChannels, height, width } = network.config;
    return {
      logits: async (images) => {
        const input = new ort.Tensor('float32', images, [batch, inputChannels, height, width]);
        const { [OUTPUT]: logits } = await session.run({ [ONNX_INPUT]: input });
        if (!(logits?.data instanceof Float32Array)) throw new TypeError('ONNX Runtime gave no float32 logits');
        return logits.data;
      },
      destroy: () => session.release(),
    };
  },
  training: async () => {
    throw new Error('ONNX Runtime Web runs inference only');
  },
};
