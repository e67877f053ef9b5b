/** Registers what keeps the pages for later; without it they still work while there is a network. */
export async function registerOffline(): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  try {
    await navigator.serviceWorker.register("/service-worker.js");
  } catch {
    // Private windows refuse it.
  }
}

/** Keeps what the live page has loaded, so that it works without a network. */
export async function keepForOffline(urls: string[]): Promise<boolean> {
  if (!("serviceWorker" in navigator)) return false;
  const registration = await navigator.serviceWorker.getRegistration();
  if (!registration) return false;
  const { active } = await navigator.serviceWorker.ready;
  return new Promise((resolve) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => resolve(true);
    active?.postMessage({ keep: urls }, [channel.port2]);
  });
}
