// The self-test: networks whose every result is known from PyTorch, computed on the visitor's GPU, forward and backward,
// compared with what the file allows, and certified: recomputed in float64 with the ReLU signs that the GPU had, pass by pass too. It
// runs in the engine's worker beside whatever else that does.

import { type Signal, signal } from '@preact/signals';
import type { Certificate } from '../../src/densenet/certify/certificate.ts';
import type { JobClient } from '../../src/jobs/define-job.ts';
import { isVerified, type VerifyGroup, type VerifyReport } from '../../src/jobs/verify-report.ts';
import bottleneck from '../../tests/golden/bc-nothing-aligned.safetensors?url';
import imagenet from '../../tests/golden/imagenet-odd.safetensors?url';
import plain from '../../tests/golden/plain-narrow-one-image.safetensors?url';
import { fetchFile } from '../../ui/fetch-file.ts';
import type { DemoJobs } from '../engine.ts';
import { type PageError, pageError } from '../errors/page-error.ts';
import { setting, storeSetting } from '../settings.ts';
import type { Text } from '../text/en.ts';

export interface Checked {
  readonly network: GoldenName;
  readonly passed: boolean;
  readonly groups: readonly VerifyGroup[];
  readonly certificate: Certificate | undefined;
}

export type SelfTestState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'running'; readonly network: GoldenName; readonly checked: readonly Checked[] }
  | { readonly kind: 'done'; readonly passed: boolean; readonly checked: readonly Checked[] }
  | { readonly kind: 'failed'; readonly error: PageError };

export class SelfTest {
  readonly state: Signal<SelfTestState> = signal({ kind: 'idle' });
  /** The GPU in use failed its last self-test. */
  readonly distrusted = signal(false);

  constructor(private readonly owner: { readonly engine: { readonly client: JobClient<Pick<DemoJobs, 'verify'>> } }) {}

  /** Recalls what was found of the GPU in use. */
  recall(gpu: string): void {
    this.distrusted.value = isDistrusted(gpu);
  }

  /** Checks all networks. Ends in state `done`, or `failed` where it could not be run to its end. */
  async run(): Promise<void> {
    if (this.state.peek().kind === 'running') return;
    const checked: Checked[] = [];
    try {
      let gpu = '';
      const remember = (trusted: boolean) => {
        rememberVerdict(gpu, trusted);
        this.distrusted.value = !trusted;
      };
      for (const { name, url } of GOLDENS) {
        this.state.value = { kind: 'running', network: name, checked: [...checked] };
        const report = await this.verify(url);
        const { groups, certificate } = report;
        const passed = isVerified(report);
        checked.push({ network: name, passed, groups, certificate });
        gpu = report.adapter;
        // One is enough to know; trust takes all.
        if (!passed) remember(false);
      }
      const passed = checked.every((network) => network.passed);
      remember(passed);
      this.state.value = { kind: 'done', passed, checked };
    } catch (error) {
      this.state.value = { kind: 'failed', error: pageError(error) };
    }
  }

  private async verify(url: string): Promise<VerifyReport> {
    const { name, bytes } = await fetchFile(url);
    const request = { golden: bytes, file: name, recompute: false, defaultLimits: false, certify: true };
    const { report } = await this.owner.engine.client.run('verify', request);
    return report;
  }
}

// What the last self-test said of a GPU, remembered by the GPU's name: a failure stands until a later run passes.

const FAILED = 'failed';
const key = (gpu: string) => `self-test ${gpu}`;

const isDistrusted = (gpu: string): boolean => setting(key(gpu)) === FAILED;

const rememberVerdict = (gpu: string, passed: boolean): void => storeSetting(key(gpu), passed ? null : FAILED);

// PyTorch's numbers that come with the page: three small networks, one of each kind, with all that a forward and a
// backward pass of theirs should give. tests/golden/make_golden.py made them.

type GoldenName = keyof Text['selfTest']['networks'];

export const GOLDENS: readonly { readonly name: GoldenName; readonly url: string }[] = [
  { name: 'plain', url: plain },
  { name: 'bottleneck', url: bottleneck },
  { name: 'imagenet', url: imagenet },
];
