// Weights from the hub, in pages that were built to ask it (model-hub.ts), and only when the visitor does: timm's
// DenseNets, each a model.safetensors with its config.json.

import { DataError } from '../../src/runtime/errors.ts';
import type { WeightFiles } from './weight-files.ts';

/** Those whose every layer this engine computes. */
export const HUB_MODELS = [
  'timm/densenet121.tv_in1k',
  'timm/densenet121.ra_in1k',
  'timm/densenet161.tv_in1k',
  'timm/densenet169.tv_in1k',
  'timm/densenet201.tv_in1k',
] as const;
export type HubModel = (typeof HUB_MODELS)[number];

const addressOf = (model: HubModel, file: string) => `https://huggingface.co/${model}/resolve/main/${file}`;

/**
 * @param onProgress given the bytes that are here, and all there will be (0: unknown)
 * @throws DataError where the hub cannot be reached or does not have it; AbortError
 */
export async function fetchFromHub(
  model: HubModel,
  onProgress: (bytes: number, of: number) => void,
  signal: AbortSignal,
): Promise<WeightFiles> {
  const get = async (file: string): Promise<Response> => {
    const response = await fetch(addressOf(model, file), { signal }).catch((cause) => {
      if (signal.aborted) throw signal.reason;
      throw new DataError(model, 0, 'cannot be fetched: the hub is not reached', { cause });
    });
    if (response.ok && response.body) return response;
    throw new DataError(model, 0, `cannot be fetched: the hub answers ${response.status} for ${file}`);
  };
  const config = { name: 'config.json', text: await (await get('config.json')).text() };
  const weights = await get('model.safetensors');
  const of = Number(weights.headers.get('content-length') ?? 0);
  let bytes = 0;
  const counted = weights.body?.pipeThrough(
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(chunk, controller) {
        bytes += chunk.length;
        onProgress(bytes, of);
        controller.enqueue(chunk);
      },
    }),
  );
  const name = `${model.replace(/^.*\//, '')}.safetensors`;
  const blob = await new Response(counted ?? null).blob().catch((cause) => {
    if (signal.aborted) throw signal.reason;
    throw new DataError(model, bytes, 'broke off while it was fetched; try again', { cause });
  });
  return { weights: new File([blob], name), config };
}

// The one place elsewhere that the page may load weights from, if whoever builds it says so: `MODEL_HUB=huggingface npm
// run build`. The build (vite.config.ts) then adds the hub's hosts to the Content-Security-Policy; without it the browser
// refuses them.

declare const BUILD_MODEL_HUB: boolean;

/** Whether this page may load weights from the hub. */
export const MODEL_HUB: boolean = typeof BUILD_MODEL_HUB !== 'undefined' && BUILD_MODEL_HUB;
