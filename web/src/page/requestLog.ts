/** What this page has asked for since a moment, by the browser's own account. */
export class RequestLog {
  private readonly sinceMs = performance.now();

  urls(): string[] {
    return performance
      .getEntriesByType("resource")
      .filter((entry) => entry.startTime >= this.sinceMs)
      .map((entry) => new URL(entry.name))
      .map((url) => (url.origin === location.origin ? url.pathname : url.href));
  }
}
