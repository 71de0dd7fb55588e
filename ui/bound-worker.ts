// Makes a page's workers so that the page's Content-Security-Policy binds them on any server. A worker that is loaded from
// an address has the policy of its response's headers, which many servers do not send; one that is made from a `blob:`
// inherits the policy of the page that made it (CSP 3, "initialize a global object's CSP list"; tests/e2e/pages/
// policy.spec.ts holds it in each browser). So the blob is one import of the worker's real script, which `script-src`
// governs.

import { WORKER_POLICY } from './page-policy.ts';

interface ScriptPolicy {
  createScriptURL(url: string): unknown;
}
interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): ScriptPolicy;
}

let policy: ScriptPolicy | undefined;

/** The address as a browser with Trusted Types wants it: only this module makes such, and only for the page's own files. */
export function trustedScript(address: string): string {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  if (!trustedTypes) return ownAddress(address);
  policy ??= trustedTypes.createPolicy(WORKER_POLICY, { createScriptURL: ownAddress });
  // What takes it accepts a TrustedScriptURL as it does a text; the compiler's libraries do not know that yet.
  return policy.createScriptURL(address) as string;
}

function ownAddress(address: string): string {
  const { origin, href } = new URL(address, location.href);
  if (origin === location.origin) return href;
  throw new TypeError(`a worker's script comes from ${location.origin}, not from ${origin}`);
}

/**
 * A module worker under the page's policy.
 * @param script its address, of this page's server (Vite: `import script from './worker.ts?worker&url'`)
 */
export function openBoundWorker(script: string, name: string): Worker {
  const real = ownAddress(new URL(script, import.meta.url).href);
  const blob = new Blob([`import ${JSON.stringify(real)};`], { type: 'text/javascript' });
  const address = URL.createObjectURL(blob);
  const worker = new Worker(trustedScript(address), { type: 'module', name });
  // Its first message says that it has loaded, and an error that it never will.
  const forget = () => URL.revokeObjectURL(address);
  worker.addEventListener('message', forget, { once: true });
  worker.addEventListener('error', forget, { once: true });
  return worker;
}
