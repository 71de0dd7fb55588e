// `densenet verify`: what this machine's GPU computes, compared with golden files. One line per group of tensors: the worst
// relative L2 error, and how many times PyTorch's own float32 error that is.

import { type Command, Option } from 'commander';
import {
  type Certificate,
  type CertifiedGroup,
  flipText,
  verdictText,
  wrongText,
} from '../../src/densenet/certify/certificate.ts';
import type { CertifyProgress } from '../../src/densenet/certify/traced-plan.ts';
import type { Precision } from '../../src/densenet/plan/feature-map.ts';
import { isVerified, type VerifyGroup, type VerifyReport } from '../../src/jobs/verify-report.ts';
import type { Vendor } from '../../src/runtime/adapter.ts';
import { ConfigError } from '../../src/runtime/errors.ts';
import { printable } from '../../src/runtime/printable.ts';
import { readAutotunes } from '../autotune-cache-file.ts';
import { EXIT } from '../exit.ts';
import { checkOutput, readInputFile, writeWhole } from '../files.ts';
import { openSession } from '../host/session.ts';
import { addGlobalOptions, globalOptions, precisionOption, vendorOption } from '../options.ts';
import { print, printJson } from '../output.ts';

interface VerifyOptions {
  readonly out?: string;
  readonly recompute?: boolean;
  readonly precision?: Precision;
  readonly defaultLimits?: boolean;
  readonly certify?: boolean;
  readonly autotune: 'off' | 'cached';
  readonly vendor?: Vendor;
  readonly json?: boolean;
}

export function register(program: Command): void {
  addGlobalOptions(program.command('verify'))
    .description("compare what the GPU computes with golden files: PyTorch's results for a network")
    .argument('<file...>', 'golden files, safetensors')
    .option('--out <file>', "write every computed tensor under the golden file's names (one golden file only)")
    .option('--recompute', 'recompute bottleneck outputs in the backward pass instead of keeping them')
    .addOption(precisionOption("the golden file's"))
    .option('--default-limits', "use WebGPU's default limits and no optional features")
    .option('--certify', 'recompute everything in float64, with the ReLU signs that the GPU had, and check every pass')
    .addOption(
      new Option('--autotune <mode>', 'tile configuration: the defaults, or the cached one')
        .choices(['off', 'cached'])
        .default('off'),
    )
    .addOption(vendorOption())
    .option('--json', 'print JSON')
    .action(async (files: string[], options: VerifyOptions, command: Command) => {
      if (options.out !== undefined && files.length > 1) {
        throw new ConfigError('--out', options.out, `takes one golden file, not ${files.length}`);
      }
      if (options.out !== undefined) await checkOutput('--out', options.out);
      const goldens = await Promise.all(files.map(async (file) => [file, await readInputFile(file)] as const));
      const kept = options.autotune === 'cached' ? await readAutotunes() : undefined;
      const session = await openSession(globalOptions(command));
      const reports: VerifyReport[] = [];
      try {
        for (const [file, golden] of goldens) {
          const { recompute = false, precision, defaultLimits = false, certify = false, vendor } = options;
          const request = { golden, file, recompute, precision, defaultLimits, kept, vendor, certify };
          const { report, tensors } = await session.run('verify', request, {
            onEvent: options.json ? undefined : showProgress,
          });
          if (options.json !== true) hideProgress();
          if (options.out !== undefined) await writeWhole(options.out, tensors);
          if (!options.json) printReport(report, session.host);
          reports.push(report);
        }
      } finally {
        // Also where it failed: the error has a line of its own.
        if (options.json !== true) hideProgress();
        await session.close();
      }
      if (options.json)
        printJson(
          reports.length === 1
            ? { host: session.host, ...reports[0] }
            : reports.map((r) => ({ host: session.host, ...r })),
        );
      if (!reports.every(isVerified)) process.exitCode = EXIT.checkFailed;
    });
}

/** A certificate of a large network takes minutes: a line that is written over, on a terminal. */
function showProgress({ plan, stage, done, of }: CertifyProgress): void {
  if (!process.stderr.isTTY) return;
  const what = stage === 'passes' ? 'pass' : 'float64 network';
  process.stderr.write(`\r\x1b[K  certifying ${plan}: ${what} ${done} of ${of}`);
}

function hideProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
}

function printReport(report: VerifyReport, host: string): void {
  print(
    `${report.file}: ${report.parameters} parameters, ${host}, ${report.adapter}, ${report.variants.length} kernel variants${report.precision === 'f32' ? '' : `, ${report.precision}`}`,
  );
  for (const variant of report.variants) print(`  ${variant}`);
  for (const group of report.groups) print(printable(line(group)));
  if (report.groups.length === 0) print('  computed; the file holds no expected results to compare with');
  else print(report.passed ? '  passed' : report.certificate ? '  differs from PyTorch' : '  FAILED');
  if (report.certificate) printCertificate(report.certificate);
}

/** Flips that are printed; the JSON has more. */
const FLIPS_SHOWN = 20;

function printCertificate(certificate: Certificate): void {
  const { passes, worstPass, unchecked, groups, flips, flipped, of, wrong } = certificate;
  const { times, label } = worstPass;
  print(`  certificate: ${passes} passes against float64, the worst at ${times.toFixed(2)} of its bound (${label})`);
  if (unchecked.length > 0) print(printable(`  not checked: ${unchecked.join(', ')}`));
  for (const group of groups) print(printable(certifiedLine(group)));
  for (const flip of flips.slice(0, FLIPS_SHOWN)) print(printable(`  flip ${flipText(flip)}`));
  if (flipped > FLIPS_SHOWN) print(`  and ${flipped - FLIPS_SHOWN} more, of ${of}`);
  if (wrong) print(printable(`  wrong: ${wrongText(wrong)}`));
  print(`  verdict: ${verdictText(certificate)}`);
}

function certifiedLine({ group, tensors, worst, error, allowed, passed }: CertifiedGroup): string {
  const shown = error === null ? 'not a number' : error.toExponential(1);
  const where = tensors > 1 ? ` in ${worst}` : '';
  return `  ${passed ? 'ok  ' : 'FAIL'} ${group.padEnd(12)} ${String(tensors).padStart(4)}  worst ${shown} (allowed ${allowed.toExponential(1)})${where}`;
}

function line({ group, tensors, failed, worst, error, allowed, timesFloat32 }: VerifyGroup): string {
  const shown = error === null ? 'not a number' : error.toExponential(1);
  const times = timesFloat32 === null ? '' : `, ${timesFloat32.toFixed(1)} x PyTorch's float32`;
  const where = tensors > 1 ? ` in ${worst}` : '';
  const others = failed > 1 ? `, and ${failed - 1} more` : '';
  return `  ${failed === 0 ? 'ok  ' : 'FAIL'} ${group.padEnd(12)} ${String(tensors).padStart(4)}  worst ${shown} (allowed ${allowed.toExponential(1)}${times})${where}${others}`;
}
