// Builds a page and serves it on this machine: `node scripts/serve-page.mjs demo|bench [--port N] [--no-open]`. Prints the
// address, and opens a browser where somebody sits in front of one.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runnerImport } from 'vite';
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
const root = fileURLToPath(new URL('..', import.meta.url));
// TypeScript, which not every Node that is supported runs by itself.
const { module } = await runnerImport(join(root, 'cli/host/static-server.ts'), {
  configFile: false,
  logLevel: 'error',
});
const { url } = await module.serveFolder(join(root, 'dist', page), { port }).catch((error) => {
  process.stderr.write(`serve-page: cannot listen on port ${port} (${error.code}); --port takes another\n`);
  process.exit(1);
});
process.stdout.write(`${page}: ${url}  (Ctrl+C ends it)\n`);
if (!values['no-open'] && hasScreen()) openBrowser(url);

/** Shows an address in the browser that this system opens addresses with; where that fails, the address was printed. */
function openBrowser(address) {
  const [command, ...args] = { darwin: ['open'], win32: ['cmd', '/c', 'start', ''] }[process.platform] ?? ['xdg-open'];
  spawn(command, [...args, address], { stdio: 'ignore', detached: true })
    .on('error', () => undefined)
    .unref();
}
