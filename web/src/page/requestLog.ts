/** What this page has asked for since a moment, by the browser's own account. */
export class RequestLog {
  private readonly sinceMs = performance.now();
  private readonly asked: string[] = [];
  // The browser's list of entries ends after some hundred; an observer is told of every one.
  private readonly observer = new PerformanceObserver((entries) => this.note(entries.getEntries()));

  constructor() {
    this.observer.observe({ type: "resource" });
  }

  urls(): string[] {
    this.note(this.observer.takeRecords());
    return this.asked;
  }

  close(): void {
    this.observer.disconnect();
  }

  private note(entries: PerformanceEntryList): void {
    for (const { name, startTime } of entries) {
      if (startTime < this.sinceMs) continue;
      const url = new URL(name);
      this.asked.push(url.origin === location.origin ? url.pathname : url.href);
    }
  }
}
