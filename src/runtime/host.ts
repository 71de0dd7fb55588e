// What program runs us, where that decides something. By its user agent: nothing else tells a worker whose it is.

// The types of the core know no host.
declare const navigator: { readonly userAgent?: string; readonly maxTouchPoints?: number } | undefined;

const host = typeof navigator === 'undefined' ? undefined : navigator;
const userAgent = host?.userAgent ?? '';

/** A page or its worker: there is a compositor that needs the GPU as well. Node.js and Deno call themselves so. */
export const IN_BROWSER = userAgent.startsWith('Mozilla/');

export const IN_FIREFOX = IN_BROWSER && userAgent.includes('Firefox/');
