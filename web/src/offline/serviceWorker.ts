export {};

/** Keeps the pages and, once the live page ran, its models: everything works again without a network. */
declare const self: ServiceWorkerGlobalScope;
declare const __PAGES__: string[];
declare const __VERSION__: string;

const PAGES = `emopoi-pages-${__VERSION__}`;
/** Models and LiteRT carry a hash or a version in their address, lists and facts do not: those go by network first. */
const DEVICE = "emopoi-device";
const KEPT_FOR_GOOD = /^\/(litert-[^/]+|device\/models\/[^/]+)\//;
const FRESH_WHERE_POSSIBLE = /^\/(device\/[^/]+\.json|places\/)/;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(PAGES).then((cache) => cache.addAll(__PAGES__)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(cleaned().then(() => self.clients.claim()));
});

self.addEventListener("message", (event) => {
  const message = event.data as { keep?: string[] };
  if (!message.keep) return;
  const done = kept(message.keep).then(() => event.ports[0]?.postMessage({ kept: true }));
  event.waitUntil(done);
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (__PAGES__.includes(url.pathname)) event.respondWith(fromPages(event.request));
  else if (KEPT_FOR_GOOD.test(url.pathname)) event.respondWith(cacheFirst(event.request));
  else if (FRESH_WHERE_POSSIBLE.test(url.pathname)) event.respondWith(networkFirst(event.request));
});

async function cleaned(): Promise<void> {
  for (const name of await caches.keys()) {
    if (name.startsWith("emopoi-pages-") && name !== PAGES) await caches.delete(name);
  }
}

async function kept(urls: string[]): Promise<void> {
  const cache = await caches.open(DEVICE);
  for (const url of urls) {
    if (new URL(url, self.location.origin).origin !== self.location.origin) continue;
    if (__PAGES__.includes(url) || (KEPT_FOR_GOOD.test(url) && (await cache.match(url)))) continue;
    await cache.add(url);
  }
  // Models of an earlier version go.
  const wanted = new Set(urls);
  for (const request of await cache.keys()) {
    const { pathname } = new URL(request.url);
    if (KEPT_FOR_GOOD.test(pathname) && !wanted.has(pathname)) await cache.delete(request);
  }
}

async function fromPages(request: Request): Promise<Response> {
  const cache = await caches.open(PAGES);
  const url = new URL(request.url);
  return (await cache.match(url.pathname)) ?? fetch(request);
}

async function cacheFirst(request: Request): Promise<Response> {
  return (await caches.match(request.url, { cacheName: DEVICE })) ?? fetch(request);
}

async function networkFirst(request: Request): Promise<Response> {
  try {
    const response = await fetch(request);
    // Places that were looked at once are there offline too.
    if (response.ok && new URL(request.url).pathname.startsWith("/places/")) {
      const cache = await caches.open(DEVICE);
      await cache.put(request.url, response.clone());
    }
    return response;
  } catch (error) {
    const known = await caches.match(request.url, { cacheName: DEVICE });
    if (known) return known;
    throw error;
  }
}
