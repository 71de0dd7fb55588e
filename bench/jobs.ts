// What the worker does for the bench page: one device for as long as the page is open; checks first, then measurements.

import { adapterJob } from '../src/hosts/adapter.ts';
import type { HostContext, Jobs } from '../src/hosts/job.ts';
import { attachment, message } from '../src/hosts/message.ts';
import { Device } from '../src/runtime/device.ts';
import { checkDevice, type Kind } from './check.ts';
import { type Effort, measure } from './measure.ts';
import type { Workload } from './workload.ts';

export type CheckRequest = { readonly kind: Kind; readonly file: string };
export type MeasureRequest = { readonly workload: Workload; readonly effort: Effort };
export type PhaseEvent = { readonly phase: string; readonly repeats: number };

export function benchJobs(): Jobs {
  let opened: Promise<Device> | undefined;
  const device = async ({ gpu, now }: HostContext): Promise<Device> => {
    opened ??= Device.open(gpu, { now });
    try {
      const ready = await opened;
      ready.assertAlive();
      return ready;
    } catch (error) {
      // The next request asks anew.
      opened = undefined;
      throw error;
    }
  };
  return {
    adapter: adapterJob,
    /** Attachment `golden`. Answers with a CheckReport. */
    check: async (input, context) => {
      const { kind, file } = input.head as unknown as CheckRequest;
      return message(await checkDevice(await device(context), kind, file, attachment(input, 'golden')));
    },
    /** Tells PhaseEvents, answers with a Measurement. */
    measure: async (input, context) => {
      const { workload, effort } = input.head as unknown as MeasureRequest;
      const { now, signal, report } = context;
      const onPhase = (phase: string, repeats: number) => report({ phase, repeats });
      return message(await measure(await device(context), workload, { effort, now, signal, onPhase }));
    },
  };
}
