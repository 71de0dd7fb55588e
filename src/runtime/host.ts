// What program runs us, where that decides something. By its user agent: nothing else tells a worker whose it is.

// The types of the core know no host.
declare const navigator: { readonly userAgent?: string } | undefined;

const userAgent = (typeof navigator === 'undefined' ? undefined : navigator.userAgent) ?? '';

/** A page or its worker: there is a compositor that needs the GPU as well. Node.js and Deno call themselves so. */
export const IN_BROWSER = userAgent.startsWith('Mozilla/');

export const IN_FIREFOX = IN_BROWSER && userAgent.includes('Firefox/');

/**
 * Bytes of GPU memory that one page may have, where a system ends a page that has more and no limit of the device says so.
 * iOS ends pages at some 1.5 GB, all included, and allows buffers of 1 GB because of that (WebKit bug 297475). An iPad calls
 * itself a Macintosh: then its largest buffer tells, which Macs exceed.
 */
export function pageMemory(agent: string, maxBufferSize: number): number | undefined {
  const callsItselfSo = /iPhone|iPad|iPod/.test(agent);
  const isSafari = /Macintosh/.test(agent) && !/Chrome|Firefox/.test(agent);
  return callsItselfSo || (isSafari && maxBufferSize <= 2 ** 30) ? 1.2e9 : undefined;
}

export const pageMemoryHere = (maxBufferSize: number): number | undefined => pageMemory(userAgent, maxBufferSize);
