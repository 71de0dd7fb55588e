// The job `why`: an explanation of one picture's logit of one class, by any method. A long one ends when the page does not
// want it any more, and gives way to whatever else is asked of the network.

import { writeSafetensors } from '../../src/data/safetensors.ts';
import { float32Tensor } from '../../src/data/tensor.ts';
import { normalised } from '../../src/densenet/normalisation.ts';
import type { HostContext, Jobs } from '../../src/jobs/job.ts';
import { attachment, type Message, message } from '../../src/jobs/message.ts';
import type { Loaded } from './loaded.ts';
import type { Of } from './protocol.ts';
import type { WhyAnswer, WhyEvent, WhyRequest } from './why-protocol.ts';

export const whyJobs = (loaded: Loaded): Jobs => ({
  why: (input, context) => loaded.serialWith((input.head as Of).network, () => why(loaded, input, context)),
});

/** Takes the attachment `pixels`, bytes [C][H][W]. */
async function why(loaded: Loaded, input: Message, { now, signal, report }: HostContext): Promise<Message> {
  const { normalisation, network: _, ...request } = input.head as unknown as WhyRequest & Of;
  const { explanations } = loaded;
  const { inputChannels, height: rows, width: columns } = explanations.model.config;
  const image = normalised(attachment(input, 'pixels'), normalisation, inputChannels);
  const start = now();
  const found = await explanations.explain(image, request, {
    signal: {
      get aborted() {
        return signal.aborted || loaded.isWanted;
      },
    },
    onProgress: (done, total) => report({ done, total } satisfies WhyEvent),
  });
  if (!found) return message({ kind: signal.aborted ? 'cancelled' : 'gave way' } satisfies WhyAnswer);
  const { map, attribution, completeness = null } = found;
  const { height, width, signed, values } = map;
  const answer: WhyAnswer = { kind: 'found', height, width, signed, completeness, milliseconds: now() - start };
  const shape = [inputChannels, rows, columns];
  const tensors = new Map([
    ['map', float32Tensor([height, width], values)],
    ['input', float32Tensor(shape, image)],
    ...(attribution ? [['attribution', float32Tensor(shape, attribution)] as const] : []),
  ]);
  const file = writeSafetensors(tensors, { explanation: JSON.stringify({ ...request, ...answer }) });
  return message(answer, { map: new Uint8Array(values.buffer), file });
}
