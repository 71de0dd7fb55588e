// The job `classify`: a picture's logits, and the class activation maps of the likeliest classes.

import { classActivationMap, readHead } from '../../src/densenet/explain/cam.ts';
import type { HostContext, Jobs } from '../../src/jobs/job.ts';
import { attachment, type Message, message } from '../../src/jobs/message.ts';
import type { Loaded } from './loaded.ts';
import { type Classified, MAPS, type Of } from './protocol.ts';

export const classifyJobs = (loaded: Loaded): Jobs => ({
  classify: (input, context) => loaded.serialWith((input.head as Of).network, () => classify(loaded, input, context)),
});

/** Takes the attachment `pixels`, bytes [C][H][W]. */
async function classify(loaded: Loaded, input: Message, { now }: HostContext): Promise<Message> {
  const { inference } = loaded;
  const most = loaded.multiLabel ? MAPS.findings : MAPS.likeliest;
  const start = now();
  const logits = await inference.logits(attachment(input, 'pixels').slice(), 1);
  const middle = now();
  const head = await readHead(inference);
  const top = [...logits.keys()].sort((a, b) => (logits[b] ?? 0) - (logits[a] ?? 0)).slice(0, most);
  const area = head.height * head.width;
  const maps = new Float32Array(top.length * area);
  for (const [place, label] of top.entries()) maps.set(classActivationMap(head, 0, label), place * area);
  const classified: Classified = {
    top,
    multiLabel: loaded.multiLabel,
    height: head.height,
    width: head.width,
    milliseconds: { logits: middle - start, maps: now() - middle },
  };
  return message(classified, { logits: new Uint8Array(logits.slice().buffer), maps: new Uint8Array(maps.buffer) });
}
