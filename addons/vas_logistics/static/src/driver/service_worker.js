/** Shows the driver's page again where there is no network. Reports are not cached. */
const CACHE = "vas-driver-1";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
    const { request } = event;
    if (request.method !== "GET") {
        return;
    }
    event.respondWith(
        (async () => {
            const cache = await caches.open(CACHE);
            try {
                const response = await fetch(request);
                if (response.ok) {
                    await cache.put(request, response.clone());
                } else if (response.status === 403 || response.status === 404) {
                    // A withdrawn link must not live on in the phone.
                    await cache.delete(request);
                }
                return response;
            } catch (error) {
                const kept = await cache.match(request);
                if (kept) {
                    return kept;
                }
                throw error;
            }
        })()
    );
});
