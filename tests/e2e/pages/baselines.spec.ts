// Other libraries on the bench page: none is loaded before it is asked for, each agrees with PyTorch and with ours on a
// tiny network, and what one of them cannot do is said in its row.

import type { Page } from 'playwright/test';
import type { Report } from '../../../bench/report.ts';
import type { BaselineRow, Comparison } from '../../../bench/sections/baselines/schema.ts';
import { reportErrors } from '../../bench/report-schema.ts';
import { expect, expectFits, test } from './page-test.ts';

test.describe.configure({ timeout: 600_000 });

const REPORT = { console: /^\{"schema"/ };
const BASELINE_FILES = /\/(tfjs|jax|onnx|webgpu|webgl|ort)[-.][^/]*\.(js|wasm)$/;

async function written(page: Page): Promise<readonly Comparison[]> {
  const entry = await page.waitForEvent('console', { timeout: 580_000 });
  const report: Report = JSON.parse(entry.text());
  expect(reportErrors(report)).toEqual([]);
  return report.peers ?? [];
}

/** Right by both measures, and with every figure. */
function expectMeasured(row: BaselineRow | undefined): void {
  if (row?.status !== 'done') throw new Error(`not measured: ${JSON.stringify(row)}`);
  expect(row.check.passed).toBe(true);
  expect(row.check.groups.length).toBeGreaterThan(0);
  if (row.peer === 'ours') expect(row.difference).toBeNull();
  else expect(row.difference?.error).toBeLessThan(1e-4);
  expect(row.milliseconds.repeats).toBe(2);
  expect(row.counts.dispatches).toBeGreaterThan(10);
  expect(row.counts.submits).toBeGreaterThan(0);
  expect(row.peakBytes).toBeGreaterThanOrEqual(row.liveBytes);
  expect(row.liveBytes).toBeGreaterThan(1000);
  expect(row.code.script).toBeGreaterThan(10_000);
  expect(row.code.wasm > 0).toBe(row.peer === 'onnx');
}

test('other libraries run beside ours, as right as ours, and only when asked for', async ({ openPage }) => {
  const idle = await openPage('bench/');
  const early: string[] = [];
  idle.on('request', (request) => early.push(request.url()));
  await expect(idle.getByRole('status').first()).toContainText(/Measures .*WebGPU/);
  await idle.reload();
  await expect(idle.getByRole('status').first()).toContainText(/Measures .*WebGPU/);
  expect(early.length).toBeGreaterThan(3);
  expect(early.filter((url) => BASELINE_FILES.test(url))).toEqual([]);
  await idle.close();

  const address = 'bench/?baselines=tfjs,onnx,jax&run=tiny:inference:2,tiny:training:3&repeats=2#baselines';
  const page = await openPage(address, REPORT);
  const late: string[] = [];
  page.context().on('request', (request) => late.push(request.url()));
  const [inference, training] = await written(page);
  expect(inference?.rows.map(({ peer }) => peer)).toEqual(['ours', 'tfjs', 'onnx', 'jax']);
  for (const row of inference?.rows ?? []) expectMeasured(row);
  const [ours, tfjs, onnx, jax] = training?.rows ?? [];
  for (const row of [ours, tfjs, jax]) expectMeasured(row);
  expect(onnx).toMatchObject({ status: 'failed', problem: 'ONNX Runtime Web runs inference only' });
  // Ours makes nothing in a step, and submits once where that is not too long for a page, which on a busy machine it may be.
  expect(ours).toMatchObject({ counts: { buffers: 0, bindGroups: 0, pipelines: 0 } });
  const submits = [ours, jax].map((row) => (row?.status === 'done' ? row.counts.submits : Number.NaN));
  expect(submits[0]).toBeLessThan((submits[1] ?? 0) / 4);
  expect(late.some((url) => BASELINE_FILES.test(url))).toBe(true);

  await expect(page.getByRole('heading', { name: 'tiny, training, batch 3' })).toBeVisible();
  await expect(page.getByRole('img', { name: /multiple of ours: densenet-webgpu 1.00, TensorFlow.js/ })).toHaveCount(2);
  for (const width of [390, 1280]) {
    await page.setViewportSize({ width, height: 844 });
    await expectFits(page);
    await page.screenshot({ path: test.info().outputPath(`baselines-${width}.png`), fullPage: true });
  }
});
