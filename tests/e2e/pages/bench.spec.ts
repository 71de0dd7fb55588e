// The bench page: started by its address as a program would, and by hand; a GPU whose results are wrong gets no number.

import { readFile } from 'node:fs/promises';
import type { Report } from '../../../bench/report.ts';
import { BROKEN_RELU, expect, expectFits, NO_WEBGPU, test } from './page-test.ts';

test.describe.configure({ timeout: 600_000 });

test('measures by its address, says what it measured on, and by hand', async ({ openPage }) => {
  const page = await openPage('bench/?run=plain-40-12:inference:2&repeats=3&seconds=1', { console: /^\{"schema"/ });
  const written = page.waitForEvent('console', { timeout: 500_000 });
  await expect(page.getByRole('status').first()).toContainText(/Measures .*WebGPU/);
  const report: Report = JSON.parse((await written).text());
  expect(report.schema).toBe('densenet-webgpu/bench/1');
  expect(report.checks.map(({ kind, passed }) => ({ kind, passed }))).toEqual([{ kind: 'plain', passed: true }]);
  const [row] = report.rows;
  if (row?.status !== 'done') throw new Error(`not measured: ${JSON.stringify(row)}`);
  const { milliseconds, imagesPerSecond, warmUp, parameters } = row.measurement;
  expect(parameters).toBe(1_019_722);
  expect(warmUp.length).toBeGreaterThan(0);
  expect(milliseconds.repeats).toBe(3);
  expect(milliseconds.p5).toBeLessThanOrEqual(milliseconds.median);
  expect(milliseconds.median).toBeLessThanOrEqual(milliseconds.p95);
  expect(imagesPerSecond.median).toBeCloseTo(2000 / milliseconds.median, 6);
  await expect(page.getByRole('row', { name: /plain-40-12 inference, batch 2/ })).toBeVisible();

  await page.getByLabel('Network').selectOption('plain-40-12');
  await page.getByLabel('Mode').selectOption('training');
  await page.getByLabel('Batch').fill('60000');
  await page.getByRole('button', { name: 'Measure', exact: true }).click();
  await expect(page.getByRole('row', { name: /the largest batch that fits is \d+/ })).toBeVisible();
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download as JSON' }).click();
  const file: Report = JSON.parse(await readFile(await (await saved).path(), 'utf8'));
  expect(file.rows.map(({ status }) => status)).toEqual(['done', 'failed']);
  await page.setViewportSize({ width: 390, height: 800 });
  await expectFits(page);
});

test('a GPU that computes something else gets an error and no number', async ({ openPage }) => {
  const page = await openPage('bench/?run=plain-40-12:inference:1', { prelude: BROKEN_RELU, console: /^\{"schema"/ });
  const written = page.waitForEvent('console', { timeout: 500_000 });
  const report: Report = JSON.parse((await written).text());
  expect(report.checks[0]?.passed).toBe(false);
  expect(report.rows.map(({ status }) => status)).toEqual(['failed']);
  await expect(page.getByRole('row', { name: /results on this GPU are wrong, nothing is timed/ })).toBeVisible();
});

test('a browser without WebGPU, and an address that asks for what is not there', async ({ openPage }) => {
  const without = await openPage('bench/?run=plain-40-12', { prelude: NO_WEBGPU });
  await expect(without.getByRole('alert')).toContainText('does not have it turned on');
  const wrong = await openPage('bench/?run=densenet999');
  await expect(wrong.getByRole('alert')).toContainText('densenet999');
});
