// A page as one file that needs nothing else: no script, no network, no font. Its Content-Security-Policy says so too: whatever found
// its way into it could load and run nothing.

import { type Html, html } from './html.ts';
import { style } from './style.ts';

const POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** The whole document. */
export const pageHtml = (title: string, body: Html): string =>
  html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="densenet-webgpu">
<title>${title}</title>
<style>${style()}</style>
</head>
<body>
${body}
</body>
</html>
`.text;
