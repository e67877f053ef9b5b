import { api } from "./api";
import { diary } from "./diaryStore";
import { element, replaced } from "./dom";
import { feedback } from "./feedbackStore";
import type { Page } from "./page";
import { storage } from "./storage";
import { texts } from "./texts";

const words = texts.kept;

/** All that this browser and this server hold, and how to be rid of it. */
export function keptPage(): Page {
  const body = element("div", { class: "columns" });
  const message = element("p", { class: "message", role: "status" });
  const show = async (): Promise<void> => replaced(body, await browserCard(refresh), await serverCard(refresh));
  const refresh = async (action: () => Promise<unknown>): Promise<void> => {
    await action();
    message.textContent = words.cleared;
    await show();
  };
  void show();
  return {
    title: words.title,
    content: element("div", {}, element("h1", {}, words.title), element("p", { class: "lead" }, words.lead), message, body),
  };
}

type Refresh = (action: () => Promise<unknown>) => Promise<void>;

async function browserCard(refresh: Refresh): Promise<HTMLElement> {
  const usage = (await navigator.storage?.estimate?.())?.usage ?? 0;
  const cacheNames = "caches" in window ? await caches.keys() : [];
  const rows: [string, string, boolean, () => Promise<unknown>][] = [
    [words.rows.diary, words.entries(diary.entries().length), diary.on, async () => diary.switchOff()],
    [words.rows.feedback, words.entries(Object.keys(feedback.all()).length), Object.keys(feedback.all()).length > 0, async () => feedback.clear()],
    [
      words.rows.settings,
      words.entries(["mesh", "webgpu"].filter((name) => storage.read(name, null) !== null).length),
      ["mesh", "webgpu"].some((name) => storage.read(name, null) !== null),
      async () => ["mesh", "webgpu"].forEach((name) => storage.remove(name)),
    ],
    [words.rows.pages, words.bytes(usage), cacheNames.length > 0, () => Promise.all(cacheNames.map((name) => caches.delete(name)))],
  ];
  return element("section", { class: "card" }, element("h2", {}, words.browser), table(rows, refresh));
}

async function serverCard(refresh: Refresh): Promise<HTMLElement> {
  const jobs = await api.jobs().catch(() => null);
  return element(
    "section",
    { class: "card" },
    element("h2", {}, words.server),
    jobs === null
      ? element("p", {}, words.noServer)
      : table([[words.jobs, words.entries(jobs.length), jobs.length > 0, () => Promise.all(jobs.map((job) => api.delete(job.id)))]], refresh),
  );
}

function table(rows: [string, string, boolean, () => Promise<unknown>][], refresh: Refresh): HTMLElement {
  return element(
    "table",
    {},
    element(
      "tbody",
      {},
      ...rows.map(([name, amount, any, clear]) =>
        element(
          "tr",
          {},
          element("th", { scope: "row" }, name),
          element("td", { class: "number" }, amount),
          element("td", {}, element("button", { class: "small", disabled: !any, "aria-label": `${words.clear}: ${name}`, onclick: () => void refresh(clear) }, words.clear)),
        ),
      ),
    ),
  );
}
