// `densenet verify`: what this machine's GPU computes, compared with golden files. One line per group of tensors: the worst
// relative L2 error, and how many times PyTorch's own float32 error that is.

import { type Command, Option } from 'commander';
import type { Precision } from '../../src/densenet/plan/feature-map.ts';
import type { VerifyGroup, VerifyReport } from '../../src/jobs/verify.ts';
import { ConfigError } from '../../src/runtime/errors.ts';
import { printable } from '../../src/runtime/printable.ts';
import type { Vendor } from '../../src/runtime/tile-target.ts';
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
          const { recompute = false, precision, defaultLimits = false, vendor } = options;
          const request = { golden, file, recompute, precision, defaultLimits, kept, vendor };
          const { report, tensors } = await session.run('verify', request);
          if (options.out !== undefined) await writeWhole(options.out, tensors);
          if (!options.json) printReport(report, session.host);
          reports.push(report);
        }
      } finally {
        await session.close();
      }
      if (options.json)
        printJson(
          reports.length === 1
            ? { host: session.host, ...reports[0] }
            : reports.map((r) => ({ host: session.host, ...r })),
        );
      if (!reports.every((r) => r.passed)) process.exitCode = EXIT.checkFailed;
    });
}

function printReport(report: VerifyReport, host: string): void {
  print(
    `${report.file}: ${report.parameters} parameters, ${host}, ${report.adapter}, ${report.variants.length} kernel variants${report.precision === 'f32' ? '' : `, ${report.precision}`}`,
  );
  for (const variant of report.variants) print(`  ${variant}`);
  for (const group of report.groups) print(printable(line(group)));
  if (report.groups.length === 0) print('  computed; the file holds no expected results to compare with');
  else print(report.passed ? '  passed' : '  FAILED');
}

function line({ group, tensors, failed, worst, error, allowed, timesFloat32 }: VerifyGroup): string {
  const shown = error === null ? 'not a number' : error.toExponential(1);
  const times = timesFloat32 === null ? '' : `, ${timesFloat32.toFixed(1)} x PyTorch's float32`;
  const where = tensors > 1 ? ` in ${worst}` : '';
  const others = failed > 1 ? `, and ${failed - 1} more` : '';
  return `  ${failed === 0 ? 'ok  ' : 'FAIL'} ${group.padEnd(12)} ${String(tensors).padStart(4)}  worst ${shown} (allowed ${allowed.toExponential(1)}${times})${where}${others}`;
}
