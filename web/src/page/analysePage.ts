import { type About, type Job, Refused, api, hasEnded } from "./api";
import { element, freshId, replaced } from "./dom";
import type { Page } from "./page";
import { texts } from "./texts";

const words = texts.analyse;

/** Upload a file, and see how far the jobs are. */
export function analysePage(): Page {
  const page = new AnalysePage();
  return { title: words.title, content: page.content, leave: () => page.leave() };
}

class AnalysePage {
  readonly content = element("div", {});
  private readonly form = element("section", { class: "card" });
  private readonly jobs = element("ul", { class: "jobs" });
  private readonly message = element("p", { class: "message bad", role: "alert" });
  private readonly progress = element("p", { role: "status" });
  private readonly watched = new Map<string, () => void>();
  private file: File | null = null;
  private left = false;

  constructor() {
    replaced(
      this.content,
      element("h1", {}, words.title),
      element("p", { class: "lead" }, words.lead),
      this.message,
      element("div", { class: "columns" }, this.form, element("section", { class: "card" }, element("h2", {}, words.jobs), this.jobs)),
    );
    void this.open();
  }

  leave(): void {
    this.left = true;
    for (const stop of this.watched.values()) stop();
  }

  private async open(): Promise<void> {
    try {
      const about = await api.about();
      const files = about.folder ? await api.files() : [];
      this.fillForm(about, files);
      await this.showJobs();
    } catch (error) {
      this.tell(error);
    }
  }

  private fillForm(about: About, files: string[]): void {
    const kinds = about.kinds.map((kind, i) => ({ ...kind, input: element("input", { type: "radio", name: "kind", value: kind.name, checked: i === 0 }) }));
    const picker = element("input", { type: "file", id: freshId("file"), class: "hidden" });
    const chosen = element("p", { class: "quiet" }, words.choose);
    const folder = element("select", { id: freshId("folder") }, element("option", { value: "" }, words.noFile), ...files.map((name) => element("option", { value: name }, name)));
    const heads = element("input", { type: "checkbox", checked: true });
    const age = element("input", { type: "checkbox", checked: true });
    const consent = element("input", { type: "checkbox" });
    const start = element("button", { class: "main", disabled: true }, words.start);
    const kind = (): string => kinds.find(({ input }) => input.checked)!.name;
    const take = (file: File | null): void => {
      this.file = file;
      chosen.textContent = file ? words.chosen(file.name, file.size) : words.choose;
      if (file) folder.value = "";
      // Most files say themselves what they are.
      const own = kinds.find(({ accepts }) => file && accepts.some((type) => type.endsWith("/*") && file.type.startsWith(type.slice(0, -1))));
      if (own) own.input.checked = true;
    };
    const drop = element("div", { class: "drop" }, element("label", { class: "button", for: picker.id }, words.file), picker, chosen);
    picker.accept = about.kinds.flatMap((one) => one.accepts).join(",");
    picker.addEventListener("change", () => take(picker.files?.[0] ?? null));
    drop.addEventListener("dragover", (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
    drop.addEventListener("dragleave", () => drop.classList.remove("over"));
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      drop.classList.remove("over");
      take(event.dataTransfer?.files[0] ?? null);
    });
    consent.addEventListener("change", () => (start.disabled = !consent.checked));
    start.addEventListener("click", () => {
      start.disabled = true;
      void this.start(kind(), folder.value, about, { heads: heads.checked, age: age.checked }).finally(() => (start.disabled = !consent.checked));
    });
    const { upload_mb, video_s, keep_h } = about.limits;
    replaced(
      this.form,
      element("fieldset", {}, element("legend", {}, words.kind), element("div", { class: "row" }, ...kinds.map(({ title, input }) => element("label", { class: "check" }, input, title)))),
      drop,
      element("p", { class: "quiet" }, words.limits(upload_mb, video_s, keep_h)),
      files.length > 0 && element("div", { class: "field" }, element("label", { for: folder.id }, words.fromFolder), folder),
      element("label", { class: "check" }, heads, words.heads),
      element("label", { class: "check" }, age, words.age),
      element("label", { class: "check" }, consent, words.consent),
      element("div", { class: "row" }, start),
      this.progress,
    );
  }

  private async start(kind: string, path: string, about: About, options: Record<string, boolean>): Promise<void> {
    this.message.textContent = "";
    try {
      if (path) await api.fromFile(kind, path, options);
      else if (!this.file) this.message.textContent = words.needFile;
      else if (this.file.size > about.limits.upload_mb * 1e6) this.message.textContent = words.tooLarge(about.limits.upload_mb);
      else await api.upload(kind, this.file, options, (share) => (this.progress.textContent = words.uploading(share)));
      this.progress.textContent = "";
      await this.showJobs();
    } catch (error) {
      this.progress.textContent = "";
      this.tell(error);
    }
  }

  private async showJobs(): Promise<void> {
    const jobs = await api.jobs();
    if (this.left) return;
    replaced(this.jobs, ...(jobs.length ? jobs.map((job) => this.item(job)) : [element("li", { class: "quiet" }, words.noJobs)]));
  }

  private item(job: Job): HTMLElement {
    const item = element("li", {});
    const show = (now: Job): void => this.fill(item, now);
    show(job);
    if (!hasEnded(job) && !this.watched.has(job.id)) {
      this.watched.set(
        job.id,
        api.watch(job.id, (now) => {
          if (hasEnded(now)) this.watched.delete(now.id);
          const place = this.jobs.querySelector<HTMLElement>(`[data-job="${now.id}"]`);
          if (place) this.fill(place, now);
        }),
      );
    }
    return item;
  }

  private fill(item: HTMLElement, job: Job): void {
    item.setAttribute("data-job", job.id);
    const act = (action: () => Promise<unknown>) => (): void => void action().catch((error: unknown) => this.tell(error)).then(() => this.showJobs());
    const button = (text: string, action: () => Promise<unknown>): HTMLElement =>
      element("button", { class: "small", "aria-label": `${text}: ${job.name}`, onclick: act(action) }, text);
    replaced(
      item,
      element("div", { class: "row" }, element("span", { class: "name" }, job.name), element("span", { class: `tag ${job.state}` }, words.states[job.state])),
      !hasEnded(job) && element("progress", { max: 1, value: job.progress, "aria-label": words.progress(job.name) }),
      !hasEnded(job) && element("p", { class: "quiet" }, job.stage),
      job.error !== "" && element("p", { class: "quiet" }, job.error),
      element(
        "div",
        { class: "row" },
        job.state === "done" && element("a", { class: "button", href: `#/results/${job.id}`, "aria-label": `${words.open}: ${job.name}` }, words.open),
        hasEnded(job) ? button(words.delete, () => api.delete(job.id)) : button(words.cancel, () => api.cancel(job.id)),
      ),
    );
  }

  private tell(error: unknown): void {
    if (error instanceof Refused && error.status === 401) location.hash = "#/token";
    else this.message.textContent = error instanceof Refused ? error.message : words.offline;
  }
}
