// Asks the browser to keep the page for the next time, when there may be no network. Only a built page from a server is
// kept: one being worked on must never come from yesterday.

import { trustedScript } from '../../ui/bound-worker.ts';

/** Resolves also where the browser does not want to: the page works without. */
export async function registerServiceWorker(): Promise<void> {
  if (import.meta.env.DEV || !location.protocol.startsWith('http') || !('serviceWorker' in navigator)) return;
  const script = trustedScript('./service-worker.js');
  await navigator.serviceWorker.register(script).catch((error) => {
    console.info(`The page is not kept for use without a network: ${error instanceof Error ? error.message : error}`);
  });
}
