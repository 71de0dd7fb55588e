// Explanations as the page asks the worker for them.

import type { ExplainRequest } from '../../src/densenet/explain/methods.ts';
import { attachment, message } from '../../src/jobs/message.ts';
import type { WorkerSession } from '../../src/jobs/worker-session.ts';
import type { Picture } from '../classify/picture.ts';
import type { LoadedNetwork } from '../engine/protocol.ts';
import type { WhyAnswer, WhyEvent } from '../engine/why-protocol.ts';

export type Why = Extract<WhyAnswer, { kind: 'found' }> & {
  readonly map: Float32Array<ArrayBuffer>;
  /** safetensors; undefined where no job made the map. */
  readonly file: Uint8Array<ArrayBuffer> | undefined;
};

/**
 * Explains a picture; what it answers says whether it came to its end.
 * @throws LimitError, GpuError, DeviceLostError
 */
export async function askWhy(
  session: WorkerSession,
  { pixels }: Pick<Picture, 'pixels'>,
  { id, preprocessing: { mean, std } }: Pick<LoadedNetwork, 'id' | 'preprocessing'>,
  request: ExplainRequest,
  { onProgress, signal }: { readonly onProgress: (event: WhyEvent) => void; readonly signal: AbortSignal },
): Promise<Why | 'cancelled' | 'gave way'> {
  const head = { ...request, network: id, normalisation: { mean: [...mean], std: [...std] } };
  const result = await session.run('why', message(head, { pixels: pixels.slice() }), {
    onEvent: (event) => onProgress(event.head as WhyEvent),
    signal,
  });
  const answer = result.head as WhyAnswer;
  if (answer.kind !== 'found') return answer.kind;
  const map = new Float32Array(attachment(result, 'map').slice().buffer);
  return { ...answer, map, file: attachment(result, 'file').slice() };
}
