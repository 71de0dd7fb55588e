// The page's start. The interface is Preact with signals: 10 kB, stable for years, typed, and it stays readable when
// the page grows. Elements are made with `h`, which the compiler checks, so that nothing but TypeScript is needed.

import { h, render } from 'preact';
import '../ui/theme.css';
import './frame.css';
import './demo.css';
import './why/why.css';
import './images/images.css';
import './data/data.css';
import './network/network.css';
import './webcam/webcam.css';
import { effect } from '@preact/signals';
import { App } from './app.ts';
import { keepOffline } from './offline/register.ts';
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
render(h(App, { page }), root);
// An error that nothing caught must not leave a page that looks as if it worked.
addEventListener('error', ({ error }) => error && page.fail(error));
addEventListener('unhandledrejection', ({ reason }) => page.fail(reason));
// The first picture comes first.
await started;
await keepOffline();
let tested = false;
effect(() => {
  if (tested || !address.value.selfTest || !page.network.value) return;
  tested = true;
  page.selfTest.run();
});
