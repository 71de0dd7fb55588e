// Imported first by the demo page's worker and its service worker, which hold the visitor's pictures and weights: what can
// reach another server is taken away from this realm before anything else runs. The Content-Security-Policy forbids the
// same, but it cannot be all: a service worker has only what its response's headers say, and a worker of a page that was
// built for the hub (MODEL_HUB) inherits the hub's hosts from it.

const { fetch: nativeFetch, Request: NativeRequest } = globalThis;

/** The browser itself refuses another origin in this mode, also where a redirect leads there. */
const ownFetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> =>
  nativeFetch(new NativeRequest(input, { ...init, mode: 'same-origin' }));

/** Each reaches a server without `fetch`, or opens a realm that has it again. */
const REFUSED: readonly string[] = [
  'XMLHttpRequest',
  'WebSocket',
  'WebSocketStream',
  'EventSource',
  'WebTransport',
  'RTCPeerConnection',
  'importScripts',
  'Worker',
  'SharedWorker',
  'FontFace',
  'fonts',
  'fetchLater',
];

/** The same, of objects that must stay; and what opens an address or sends a window there. */
const REFUSED_METHODS: Readonly<Record<string, readonly string[]>> = {
  Cache: ['add', 'addAll'],
  Clients: ['openWindow'],
  WindowClient: ['navigate'],
  Navigator: ['sendBeacon'],
  WorkerNavigator: ['sendBeacon'],
  BackgroundFetchManager: ['fetch'],
  PushManager: ['subscribe'],
  ServiceWorkerRegistration: ['showNotification'],
};

function seal(object: object, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, writable: false, configurable: false, enumerable: false });
}

/** `value` in place of `name`, also on the global object's prototypes: what stands on the object itself would only hide it. */
function replaceGlobal(name: string, value: unknown): void {
  seal(globalThis, name, value);
  for (let owner = Object.getPrototypeOf(globalThis); owner; owner = Object.getPrototypeOf(owner)) {
    if (Object.hasOwn(owner, name)) seal(owner, name, value);
  }
}

replaceGlobal('fetch', ownFetch);
for (const name of REFUSED) replaceGlobal(name, undefined);
for (const [owner, methods] of Object.entries(REFUSED_METHODS)) {
  const prototype: unknown = Reflect.get(globalThis, owner)?.prototype;
  if (typeof prototype !== 'object' || prototype === null) continue;
  for (const method of methods) {
    if (!(method in prototype)) continue;
    seal(prototype, method, () => {
      throw new TypeError(`${owner}.${method} is refused: this worker talks to no server but its own`);
    });
  }
}

export {};
