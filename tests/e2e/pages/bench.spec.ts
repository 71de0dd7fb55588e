// The bench page: started by its address as a program would, and by hand; every view at desktop and phone width; a GPU whose
// results are wrong gets no number where they matter.

import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright/test';
import type { Report } from '../../../bench/report.ts';
import { reportErrors } from '../../bench/report-schema.ts';
import { sampleReport } from '../../bench/sample-report.ts';
import { BROKEN_WEIGHT_GRADIENT, expect, expectFits, NO_WEBGPU, test } from './page-test.ts';

test.describe.configure({ timeout: 600_000 });

const REPORT = { console: /^\{"schema"/ };

/** The report that a run by its address writes to the console. */
async function written(page: Page): Promise<Report> {
  const entry = await page.waitForEvent('console', { timeout: 580_000 });
  const report = JSON.parse(entry.text());
  expect(reportErrors(report)).toEqual([]);
  return report;
}

/** At both widths the page does not scroll sideways. */
async function expectBothWidths(page: Page): Promise<void> {
  for (const width of [390, 1280]) {
    await page.setViewportSize({ width, height: 844 });
    await expectFits(page);
  }
}

test('measures by its address and by hand, shows memory, and saves a report', async ({ openPage }) => {
  const page = await openPage('bench/?run=plain-40-12:inference:2&repeats=3&seconds=1', REPORT);
  const report = await written(page);
  await expect(page.getByRole('status').first()).toContainText(/Measures .*WebGPU/);
  expect(report.checks.map(({ kind, passed }) => ({ kind, passed }))).toEqual([
    { kind: 'plain', passed: true },
    { kind: 'plain', passed: true },
  ]);
  const [row] = report.rows;
  if (row?.status !== 'done') throw new Error(`not measured: ${JSON.stringify(row)}`);
  const { milliseconds, imagesPerSecond, gflops, flops, memory, cold, held, parameters, ended } = row.measurement;
  expect(parameters).toBe(1_019_722);
  expect(milliseconds.repeats).toBeGreaterThanOrEqual(3);
  expect(milliseconds.p5).toBeLessThanOrEqual(milliseconds.median);
  expect(milliseconds.median).toBeLessThanOrEqual(milliseconds.p95);
  expect(imagesPerSecond.median).toBeCloseTo(2000 / milliseconds.median, 6);
  expect(gflops).toBeCloseTo(flops / milliseconds.median / 1e6, 6);
  expect(ended).not.toBe('stopped');
  expect(memory.measuredBytes).toBe(memory.forecastBytes);
  // The page's own load is in it.
  const { device, compilation, preparation, firstResult } = cold;
  expect(cold.sinceStart).toBeGreaterThan(device + compilation + preparation + firstResult);
  expect(held.agreement).toMatchObject({ images: 1, passed: true });
  await expect(page.getByRole('row', { name: /plain-40-12 inference, batch 2/ })).toBeVisible();

  // The other views have forms too.
  const form = page.getByRole('region', { name: 'Measure' });
  await form.getByLabel('Network').selectOption('plain-40-12');
  await expect(form.getByLabel('Recompute')).toBeDisabled();
  await form.getByLabel('Mode').selectOption('training');
  await form.getByLabel('Batch', { exact: true }).fill('60000');
  await page.getByRole('button', { name: 'Measure', exact: true }).click();
  await expect(page.getByRole('row', { name: /the largest batch that fits is \d+/ })).toBeVisible();
  await form.getByLabel('Mode').selectOption('inference');
  await form.getByLabel('Batch', { exact: true }).fill('1');
  await form.getByLabel('Time').selectOption('up to 5 minutes each');
  await page.getByRole('button', { name: 'Measure', exact: true }).click();
  await expect(form.locator('.status')).toContainText('measuring', { timeout: 300_000 });
  await page.getByRole('button', { name: 'Stop' }).click();
  await expect(page.getByRole('row', { name: /plain-40-12 inference, batch 1/ })).toContainText('stopped');
  await expect(page.getByRole('img', { name: /Images a second: plain-40-12:inference:2/ })).toBeVisible();
  await expectBothWidths(page);

  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download as JSON' }).click();
  const file: Report = JSON.parse(await readFile(await (await saved).path(), 'utf8'));
  expect(reportErrors(file)).toEqual([]);
  expect(file.rows.map(({ status }) => status)).toEqual(['done', 'failed', 'done']);
  expect(file.roofline).toBeDefined();
  expect(file.rows[2]).toMatchObject({ measurement: { cold: { sinceStart: null }, held: { agreement: null } } });

  await page.getByRole('link', { name: 'Memory' }).click();
  await expect(page.getByRole('row', { name: 'equal to the byte 0' })).toHaveCount(2);
  await expectBothWidths(page);
});

test('the roofline, the passes of a plan against it, and the tiles of its kernels', async ({ openPage }) => {
  const page = await openPage('bench/#passes');
  await page.getByRole('button', { name: 'Measure the roofline' }).click();
  await expect(page.getByText(/median .*FLOP\/s of/)).toBeVisible({ timeout: 120_000 });
  const passes = page.getByRole('region', { name: 'Passes' });
  await passes.getByLabel('Network').selectOption('plain-40-12');
  await passes.getByLabel('Mode').selectOption('inference');
  await expect(passes.getByLabel('Recompute')).toBeDisabled();
  await passes.getByLabel('Precision').selectOption('f16-storage');
  await page.getByRole('button', { name: 'Time its passes' }).click();
  await expect(page.getByRole('row', { name: /conv3x3\/forward/ })).toBeVisible({ timeout: 300_000 });
  await expect(passes.getByText(/^plain-40-12, inference, batch 1, f16-storage/)).toBeVisible();
  await expect(passes.getByText(/of peak; .* are lost/)).toBeVisible();
  await expectBothWidths(page);

  await page.getByRole('link', { name: 'Kernels' }).click();
  const kernels = page.getByRole('region', { name: 'Kernels and their tiles' });
  await kernels.getByLabel('Network').selectOption('plain-40-12');
  await kernels.getByLabel('Mode').selectOption('inference');
  await page.getByRole('button', { name: 'Sweep its kernels' }).click();
  await expect(kernels.getByRole('status')).toContainText(/conv3x3\/forward 32x32, 1 of \d+/, { timeout: 120_000 });
  await kernels.getByRole('button', { name: 'Stop' }).click();
  await expect(kernels.getByRole('table').first()).toBeVisible({ timeout: 300_000 });
  await expectBothWidths(page);
});

test('two reports are set side by side, and what is none says why', async ({ openPage }) => {
  const page = await openPage('bench/#compare');
  const file = (name: string, value: unknown) => ({
    name,
    mimeType: 'application/json',
    buffer: Buffer.from(JSON.stringify(value)),
  });
  const slow = sampleReport({
    'bc-100-12:inference:1': 10,
    'bc-100-12:training:largest:recompute': 'results are wrong',
  });
  const fast = sampleReport({ 'bc-100-12:inference:1': 25, 'bc-100-12:training:largest:recompute': 4 });
  const open = page.getByLabel('Open reports');
  await open.setInputFiles([file('slow.json', slow), file('fast.json', fast)]);
  const row = page.getByRole('row', { name: /bc-100-12 inference, batch 1/ });
  await expect(row).toContainText('2.50 times the first');
  await expect(
    page.getByRole('row', { name: /training, largest batch, recompute results are wrong 4.00/ }),
  ).toBeVisible();
  await expect(
    page.getByRole('img', { name: /multiple of the first report: bc-100-12:inference:1 2.50/ }),
  ).toBeVisible();
  await expectBothWidths(page);

  await open.setInputFiles([file('odd.json', { ...slow, date: 'yesterday' }), file('old.json', { schema: 'other' })]);
  await expect(page.getByRole('alert').first()).toContainText('odd.json: at byte 0: at /date');
  await expect(page.getByRole('alert').last()).toContainText('old.json');
  await expect(row, 'what was open stays').toBeVisible();

  await page.getByRole('button', { name: 'Clear' }).click();
  const dropped = await page.evaluateHandle((text) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([text], 'dropped.json', { type: 'application/json' }));
    return transfer;
  }, JSON.stringify(fast));
  await page.locator('.drop').dispatchEvent('drop', { dataTransfer: dropped });
  await expect(page.getByRole('listitem')).toContainText('dropped.json');
});

test('one flipped sign in a kernel: rows that rest on it get an error and no number', async ({ openPage }) => {
  const run = 'bench/?run=plain-40-12:inference:1,plain-40-12:training:1&repeats=3&seconds=1';
  const page = await openPage(run, { prelude: BROKEN_WEIGHT_GRADIENT, ...REPORT });
  const { rows, checks } = await written(page);
  expect(checks.some(({ passed }) => passed)).toBe(false);
  expect(rows.map(({ workload, status }) => `${workload.mode} ${status}`)).toEqual([
    'inference done',
    'training failed',
  ]);
  expect(rows[1]).toMatchObject({
    code: 'gpu',
    problem: expect.stringMatching(/nothing is timed: grad\..*conv.*is off by/),
  });
  await expect(page.getByRole('row', { name: /plain-40-12 training.*results on this GPU are wrong/ })).toBeVisible();
});

test('a browser without WebGPU, and an address that asks for what is not there', async ({ openPage }) => {
  const without = await openPage('bench/?run=plain-40-12', { prelude: NO_WEBGPU });
  await expect(without.getByRole('alert')).toContainText('does not have it turned on');
  const wrong = await openPage('bench/?run=densenet999');
  await expect(wrong.getByRole('alert')).toContainText('densenet999');
});
