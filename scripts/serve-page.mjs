// Builds a page and serves it on this machine: `node scripts/serve-page.mjs demo|bench [--port N] [--no-open]`. Prints the
// address, and opens a browser where somebody sits in front of one.
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { preview } from 'vite';
import { build } from './build.mjs';

const PAGES = { demo: 4173, bench: 4174 };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { port: { type: 'string' }, 'no-open': { type: 'boolean', default: false } },
});
const [page = ''] = positionals;
if (!Object.hasOwn(PAGES, page) || positionals.length > 1) {
  process.stderr.write(`serve-page: which page? one of ${Object.keys(PAGES).join(', ')}\n`);
  process.exit(2);
}
const port = values.port === undefined ? PAGES[page] : Number(values.port);
if (!Number.isInteger(port) || port < 0 || port > 65535) {
  process.stderr.write(`serve-page: --port: ${values.port} is no port; 0 to 65535\n`);
  process.exit(2);
}

/** A person at a terminal, with a screen. */
const hasScreen = () =>
  process.stdout.isTTY === true &&
  !process.env.CI &&
  (process.platform !== 'linux' || Boolean(process.env.DISPLAY ?? process.env.WAYLAND_DISPLAY));

await build([page], { always: true });
const server = await preview({
  configFile: false,
  root: fileURLToPath(new URL('../', import.meta.url)),
  base: './',
  build: { outDir: `dist/${page}` },
  preview: { port, open: !values['no-open'] && hasScreen() },
});
const [address] = server.resolvedUrls?.local ?? [];
process.stdout.write(`${page}: ${address}  (Ctrl+C ends it)\n`);
