// The page's start. The interface is Preact with signals: 10 kB, stable for years, typed, and it stays readable when
// the page grows. Elements are made with `h`, which the compiler checks, so that nothing but TypeScript is needed.

import { h, render } from 'preact';
import './theme.css';
import './frame.css';
import './demo.css';
import { App } from './app.ts';
import { Page } from './page.ts';
import { startLanguage } from './text/text.ts';
import { startTheme } from './theme.ts';
import { startViews } from './views.ts';

const root = document.getElementById('page');
if (!root) throw new Error('index.html has no element #page');
startLanguage();
startTheme();
startViews();
const page = new Page();
render(h(App, { page }), root);
page.start();
