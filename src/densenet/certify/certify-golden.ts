// A golden file's network as the subject of a certificate. None of PyTorch's results are used.

import type { Device } from '../../runtime/device.ts';
import { ConfigError } from '../../runtime/errors.ts';
import type { Golden } from '../golden/golden.ts';
import { type Certificate, type CertifyControl, type CertifySubject, type Computed, certify } from './certify.ts';

type Options = CertifyControl & Pick<CertifySubject, 'recompute' | 'precision' | 'tileConfig'>;

/**
 * A certificate of what the GPU makes of a golden file's network.
 * @param computed what `runGolden` has computed on the same device, with the same options
 * @throws as `certify`; ConfigError where the file holds NaN or infinity, of which no error can be derived
 */
export async function certifyGolden(
  device: Device,
  golden: Golden,
  computed: Computed,
  { recompute, precision = golden.training.precision, tileConfig, ...control }: Options,
): Promise<Certificate> {
  const subject = { ...goldenSubject(golden), recompute, precision, tileConfig };
  return certify(device, subject, computed, control);
}

function goldenSubject({ file, config, state, batch, training, nonFinite }: Golden): CertifySubject {
  if (nonFinite)
    throw new ConfigError(
      'certify',
      file,
      'holds NaN or infinity on purpose, whose errors have no bound: leave it out',
    );
  const { batch: images, loss, lossOptions, labelSmoothing, groups, precision } = training;
  return { config, state, batch, images, loss, lossOptions, labelSmoothing, groups, precision };
}
