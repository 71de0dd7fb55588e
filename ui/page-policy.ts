// What the pages may do, said once: the Content-Security-Policy of their `<meta>`, the headers that a server sends with
// them (the built pages' `_headers`, the serve scripts, docs/security.md) and what the service worker answers with.
//
// The `<meta>` alone must be enough, as many servers send no header. It binds the page, and with it every worker that is
// made from a `blob:` (bound-worker.ts): such a worker inherits the policy of the page, while one that is loaded from an
// address has only what its response's headers say.

export type PageName = 'demo' | 'bench';

export interface PolicyOptions {
  /** The page may load weights from the hub (MODEL_HUB=huggingface). */
  readonly hub?: boolean;
}

/** The hub answers for files itself or by hosts under hf.co (https://huggingface.co/.well-known/meta.json). */
const HUB_HOSTS = ['https://huggingface.co', 'https://*.hf.co'];

/** The policy for Trusted Types under which workers are made; there is no other. */
export const WORKER_POLICY = 'densenet-worker';

type Directives = Readonly<Record<string, readonly string[]>>;

/** Of a script that runs by itself: it reads its own server's files. */
const SCRIPT: Directives = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'connect-src': ["'self'"],
  'require-trusted-types-for': ["'script'"],
};

const PAGE: Directives = {
  ...SCRIPT,
  // `blob:` for workers that inherit this policy; `'self'` for the service worker, which cannot be a blob.
  'worker-src': ["'self'", 'blob:'],
  'style-src': ["'self'"],
  // Pictures that the visitor opens are blobs, drawings are `data:`; neither asks a server.
  'img-src': ["'self'", 'blob:', 'data:'],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
  'trusted-types': [WORKER_POLICY],
};

const PAGES: Readonly<Record<PageName, Directives>> = {
  demo: PAGE,
  // ONNX Runtime compiles WebAssembly in a worker of the page, which inherits this. It is no way to another server.
  bench: { ...PAGE, 'script-src': ["'self'", "'wasm-unsafe-eval'"] },
};

const textOf = (directives: Directives) =>
  Object.entries(directives)
    .map(([name, sources]) => [name, ...sources].join(' '))
    .join('; ');

/** The policy of a page's `<meta>`: all that a `<meta>` can say. */
export function pagePolicy(page: PageName, { hub = false }: PolicyOptions = {}): string {
  const directives = PAGES[page];
  return textOf(hub ? { ...directives, 'connect-src': ["'self'", ...HUB_HOSTS] } : directives);
}

/** By name. */
export type HeaderValues = Readonly<Record<string, string>>;

/** With every answer to a page: its policy, and what only headers can say. */
export function pageHeaders(page: PageName, options: PolicyOptions = {}): HeaderValues {
  return {
    'Content-Security-Policy': `${pagePolicy(page, options)}; frame-ancestors 'none'`,
    ...PLAIN_HEADERS,
  };
}

/** Beside a policy, with every answer of every server of ours. */
export const PLAIN_HEADERS: HeaderValues = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/** With the service worker's script, beside the page's: it may ask its own server only, in every build. */
export const SCRIPT_HEADERS: HeaderValues = { 'Content-Security-Policy': textOf(SCRIPT) };

/** Headers by path, as Netlify's and Cloudflare's `_headers` files have them; `/*` is everything. */
export type HeaderRules = readonly { readonly path: string; readonly headers: HeaderValues }[];

export const headerRules = (page: PageName, options: PolicyOptions = {}): HeaderRules => [
  { path: '/*', headers: pageHeaders(page, options) },
  ...(page === 'demo' ? [{ path: '/service-worker.js', headers: SCRIPT_HEADERS }] : []),
];

/** What such a file is called; it lies beside index.html and is itself not served. */
export const HEADERS_FILE = '_headers';

/** The rules as a `_headers` file. */
export const headersFile = (rules: HeaderRules): string =>
  rules
    .map(({ path, headers }) =>
      [path, ...Object.entries(headers).map(([name, value]) => `  ${name}: ${value}`), ''].join('\n'),
    )
    .join('');

/** The rules of a `_headers` file that `headersFile` wrote; other lines are passed over. */
export function readHeadersFile(text: string): HeaderRules {
  const rules: { path: string; headers: Record<string, string> }[] = [];
  for (const line of text.split(/\r?\n/)) {
    const [, name, value] = /^\s+([\w-]+):\s*(.+)$/.exec(line) ?? [];
    const last = rules.at(-1);
    if (/^\/\S*$/.test(line)) rules.push({ path: line, headers: {} });
    else if (last && name !== undefined && value !== undefined) last.headers[name] = value;
  }
  return rules;
}

/** The headers of a path. Two policies for one are both sent, and a browser holds both. */
export function headersOf(rules: HeaderRules, path: string): HeaderValues {
  const found: Record<string, string> = {};
  for (const rule of rules) {
    if (rule.path !== '/*' && rule.path !== path) continue;
    for (const [name, value] of Object.entries(rule.headers)) {
      found[name] = found[name] === undefined ? value : `${found[name]}, ${value}`;
    }
  }
  return found;
}
