// The page's start. The interface is Preact with signals: 10 kB, stable for years, typed, and it stays readable when
// the page grows. Elements are made with `h`, which the compiler checks, so that nothing but TypeScript is needed.

import { render } from 'preact';
import '../ui/theme.css';
import './frame.css';
import './demo.css';
import './why/why.css';
import './images/images.css';
import './data/data.css';
import './network/network.css';
import './webcam/webcam.css';
import { effect } from '@preact/signals';
import { trustedScript } from '../ui/bound-worker.ts';
import { App } from './app.tsx';
import { Page } from './page.ts';
import { startLanguage } from './text/text.ts';
import { startTheme } from './theme.ts';
import { address, startViews } from './views.ts';

const root = document.getElementById('page');
if (!root) throw new Error('index.html has no element #page');
await startLanguage();
startTheme();
startViews();
const page = new Page();
const started = page.start();
// What index.html says to browsers that do not come this far.
root.replaceChildren();
render(<App page={page} />, root);
// An error that nothing caught must not leave a page that looks as if it worked.
addEventListener('error', ({ error }) => error && page.fail(error));
addEventListener('unhandledrejection', ({ reason }) => page.fail(reason));
// The first picture comes first.
await started;
await registerServiceWorker();
let tested = false;
effect(() => {
  if (tested || !address.value.selfTest || !page.network.value) return;
  tested = true;
  page.selfTest.run();
});

// Asks the browser to keep the page for the next time, when there may be no network. Only a built page from a server is
// kept: one being worked on must never come from yesterday.

/** Resolves also where the browser does not want to: the page works without. */
async function registerServiceWorker(): Promise<void> {
  if (import.meta.env.DEV || !location.protocol.startsWith('http') || !('serviceWorker' in navigator)) return;
  const script = trustedScript('./service-worker.js');
  await navigator.serviceWorker.register(script).catch((error) => {
    console.info(`The page is not kept for use without a network: ${error instanceof Error ? error.message : error}`);
  });
}
