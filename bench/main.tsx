// The page's start. Where its address names workloads (page/url-state.ts) it measures them by itself and then writes the
// report to the console as one line of JSON, for programs that drive a browser.

import { render } from 'preact';
import '../ui/theme.css';
import './bench.css';
import { App } from './page/app.tsx';
import { PageState } from './page/state.ts';
import { readUrlState } from './page/url-state.ts';

const root = document.getElementById('page');
if (!root) throw new Error('index.html has no element #page');
const page = new PageState();
render(<App page={page} />, root);
await page.start();
await measureByUrl();

async function measureByUrl(): Promise<void> {
  if (page.error.value) return;
  try {
    const asked = readUrlState(new URLSearchParams(location.search));
    if (!asked) return;
    if (asked.kind === 'baselines') await page.baselines.measure(asked.workloads, asked.baselines, asked.sampling);
    else await page.measure(asked.workloads, asked.sampling);
    console.log(JSON.stringify(page.report()));
  } catch (error) {
    page.fail(error);
  }
}
