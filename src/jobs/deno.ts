// Deno as a host: its own WebGPU, which is wgpu with the shader compiler naga.
import { NoGpuError } from '../runtime/errors.ts';
import type { AnyJob } from './define-job.ts';
import { serveJobs } from './http-host.ts';

declare const Deno: { readonly env: { get(name: string): string | undefined }; exit(code: number): never };

/** Serves `jobs` until the command line ends this process. */
export const serveUnderDeno = (jobs: Readonly<Record<string, AnyJob>>): Promise<void> =>
  serveJobs({
    host: 'deno',
    gpu: async () => {
      if (navigator.gpu) return navigator.gpu;
      throw new NoGpuError('this Deno has no navigator.gpu; host deno needs version 2 or later');
    },
    jobs,
    url: Deno.env.get('DENSENET_HOST_URL') ?? '',
    end: () => Deno.exit(0),
  });
