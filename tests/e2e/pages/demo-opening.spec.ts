// The first seconds, and a GPU that goes away later: the page opens another one by itself, and says so where that is over.

import type { Page } from 'playwright/test';
import { expect, expectFits, KEEP_DEVICES, loseDevices, test } from './page-test.ts';

const bars = (page: Page) => page.getByRole('group', { name: /^Likeliest classes/ }).getByRole('radio');
const firstResult = (page: Page) => expect(bars(page)).toHaveCount(5, { timeout: 180_000 });

/** How often from now on the status comes back to the GPU that the page runs on. */
async function countReopened(page: Page): Promise<() => Promise<number>> {
  const counter = await page.evaluateHandle(() => {
    const isOpen = () => document.querySelector('[role=status]')?.textContent?.includes('Running on') ?? false;
    const count = { wasOpen: isOpen(), reopened: 0 };
    new MutationObserver(() => {
      if (isOpen() && !count.wasOpen) count.reopened++;
      count.wasOpen = isOpen();
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
    return count;
  });
  return () => counter.evaluate(({ reopened }) => reopened);
}

/** What goes wrong in the worker of an engine, by the engine's number. */
const broken = (faults: Readonly<Record<number, string>>) => `
  if (self.GPU && !self.document) {
    const faults = ${JSON.stringify(faults)};
    const fault = faults[self.name.split(' ').at(-1)];
    const fail = async () => { throw new DOMException('A valid external Instance reference no longer exists.', 'OperationError'); };
    const { requestAdapter } = GPU.prototype;
    const { requestDevice } = GPUAdapter.prototype;
    if (fault === 'script') throw new Error('the script ends here');
    if (fault === 'adapter fails') GPU.prototype.requestAdapter = fail;
    if (fault === 'adapter silent') GPU.prototype.requestAdapter = () => new Promise(() => {});
    if (fault === 'no adapter') GPU.prototype.requestAdapter = async () => null;
    if (fault === 'device fails') GPUAdapter.prototype.requestDevice = fail;
    if (fault === 'lost at once' || fault === 'lost while compiling')
      GPUAdapter.prototype.requestDevice = async function (...given) {
        const device = await requestDevice.apply(this, given);
        setTimeout(() => device.destroy(), fault === 'lost at once' ? 0 : 400);
        return device;
      };
  }`;

for (const faults of [
  { 1: 'adapter silent', 2: 'adapter fails' },
  { 1: 'no adapter', 2: 'device fails' },
  { 1: 'lost at once', 2: 'lost while compiling' },
] as const)
  test(`a GPU is found at the third attempt: ${Object.values(faults).join(', ')}`, async ({ openPage }) => {
    const page = await openPage('demo/', { prelude: broken(faults) });
    await firstResult(page);
    await expect(page.getByRole('alert')).toHaveCount(0);
    await expect(page.getByRole('status').first()).toContainText('Running on');
  });

test('a GPU that is lost each time is said so, and a click tries again', async ({ openPage }) => {
  const faults = { 1: 'adapter fails', 2: 'script', 3: 'lost at once' };
  const page = await openPage('demo/', { prelude: broken(faults), width: 390, console: /the script ends here/ });
  await expect(page.getByRole('alert')).toContainText('The GPU was lost, and restarting', { timeout: 180_000 });
  await expectFits(page);
  await page.getByRole('button', { name: 'Try again' }).click();
  await firstResult(page);
  await expect(page.getByRole('alert')).toHaveCount(0);
});

test('a GPU that is lost in use is opened again by itself in each view, and at last said so', async ({ openPage }) => {
  const page = await openPage('demo/', { prelude: KEEP_DEVICES });
  await firstResult(page);
  const view = (name: string) => page.locator('nav').getByRole('link', { name, exact: true }).click();
  const dress = page.getByRole('button', { name: /^Dress, sample/ }).first();
  await dress.click();
  const reopened = await countReopened(page);
  for (const [i, name] of ['Train', 'About', 'Classify'].entries()) {
    await view(name);
    await loseDevices(page);
    // What is shown of the loss before stays for a while: a device that is lost while its engine opens is another case.
    await expect.poll(reopened, { timeout: 180_000 }).toBe(i + 1);
    await expect(page.getByText('The GPU was lost. The engine was started again')).toBeVisible();
    await expect(page.getByRole('status').first()).toContainText('Running on');
    await expect(page.getByRole('alert')).toHaveCount(0);
  }
  // The picture is classified anew.
  await firstResult(page);
  await expect(dress).toHaveAttribute('aria-pressed', 'true');
  await loseDevices(page);
  await expect(page.getByRole('alert')).toContainText('The GPU was lost, and restarting');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('alert')).toHaveCount(0);
  await firstResult(page);
});

test('the bench page asks for a GPU again that was lost or silent', async ({ openPage }) => {
  const page = await openPage('bench/', { prelude: broken({ 1: 'adapter fails', 2: 'adapter silent' }) });
  await expect(page.getByText('attempt 2 of 3')).toBeVisible();
  await expect(page.getByRole('status').first()).toContainText(/Measures .*WebGPU/);
  await expect(page.getByRole('alert')).toHaveCount(0);
});
