import { leadingState } from "../profile/personProfile";
import { colours } from "./colours";
import { type DiaryEntry, diary } from "./diaryStore";
import { element, replaced } from "./dom";
import { download } from "./download";
import type { Page } from "./page";
import type { StackedChart } from "./stackedChart";
import { texts } from "./texts";

const words = texts.diary;

/** Opt-in, deletable at one click, exportable. */
export function diaryPage(): Page {
  const page = new DiaryPage();
  return { title: words.title, content: page.content, leave: () => page.leave() };
}

class DiaryPage {
  readonly content = element("div", {});
  private readonly body = element("div", { class: "stack" });
  private readonly message = element("p", { class: "message", role: "status" });
  private chart: StackedChart | null = null;

  constructor() {
    replaced(this.content, element("h1", {}, words.title), element("p", { class: "lead" }, words.lead), this.message, this.body);
    this.show();
  }

  leave(): void {
    this.chart?.close();
    this.chart = null;
  }

  private show(): void {
    this.leave();
    if (!diary.on) replaced(this.body, this.off());
    else {
      const entries = diary.entries();
      replaced(this.body, this.actions(entries.length > 0), entries.length > 0 && this.chartCard(entries), this.entriesCard(entries), element("p", { class: "quiet" }, words.help));
    }
  }

  private off(): HTMLElement {
    const on = (): void => {
      diary.switchOn();
      this.show();
    };
    const file = async (): Promise<void> => {
      if (await diary.keepInFile().catch(() => false)) this.show();
    };
    return element(
      "section",
      { class: "card" },
      element("h2", {}, words.offTitle),
      element("p", {}, words.off),
      element(
        "div",
        { class: "row" },
        element("button", { class: "main", onclick: on }, words.on),
        "showSaveFilePicker" in window && element("button", { onclick: () => void file() }, words.file),
      ),
    );
  }

  private actions(any: boolean): HTMLElement {
    const picker = element("input", { type: "file", accept: ".json,application/json", hidden: true });
    picker.addEventListener("change", () => void this.import(picker));
    return element(
      "section",
      { class: "card" },
      diary.fileName !== null && element("p", {}, words.fileOn(diary.fileName)),
      element(
        "div",
        { class: "row" },
        element("button", { disabled: !any, onclick: () => download("emopoi-diary.json", diary.toJson(), "application/json") }, words.exportJson),
        element("button", { disabled: !any, onclick: () => download("emopoi-diary.csv", diary.toCsv(), "text/csv") }, words.exportCsv),
        element("button", { onclick: () => picker.click() }, words.import),
        picker,
        element("button", { onclick: () => this.deleteAll() }, words.deleteAll),
      ),
    );
  }

  private deleteAll(): void {
    // One click, without a question: what is wanted gone must go.
    void diary.clear().then(() => {
      diary.switchOff();
      this.message.textContent = words.deleted;
      this.show();
    });
  }

  private async import(picker: HTMLInputElement): Promise<void> {
    const file = picker.files?.[0];
    if (!file) return;
    try {
      this.message.textContent = words.imported(await diary.take(await file.text()));
    } catch {
      this.message.textContent = words.badFile;
    }
    this.show();
  }

  private chartCard(entries: DiaryEntry[]): HTMLElement {
    const box = element("div", { class: "chart" });
    void this.draw(box, entries);
    return element("section", { class: "card" }, element("h2", {}, words.chart), element("p", { class: "quiet" }, words.chartLead), box);
  }

  private async draw(box: HTMLElement, entries: DiaryEntry[]): Promise<void> {
    const [{ StackedChart }, { emopoi8 }] = await Promise.all([import("./stackedChart"), colours()]);
    if (!box.isConnected) return;
    const days = byDay(entries);
    const labels = Object.keys(entries[0]!.emopoi8);
    // A day alone would be a line without width.
    const x = days.length > 1 ? days.map(([day]) => day) : [days[0]![0], days[0]![0] + 86_400];
    const shares = labels.map((label) => x.map((_, i) => (days[i] ?? days[0]!)[1][label] ?? 0));
    this.chart = new StackedChart(box, { x, labels, shares }, { colours: emopoi8, names: (label) => label, dates: true, height: 260 });
  }

  private entriesCard(entries: DiaryEntry[]): HTMLElement {
    if (!entries.length) return element("section", { class: "card" }, element("p", {}, words.empty));
    const head = element("tr", {}, ...words.columns.map((name) => (name ? element("th", { scope: "col" }, name) : element("td", {}))));
    const rows = entries.map((entry) => this.row(entry));
    return element(
      "section",
      { class: "card" },
      element("h2", {}, words.entries),
      element("div", { class: "scroll", tabIndex: 0, role: "region", "aria-label": words.entries }, element("table", { class: "roomy" }, element("thead", {}, head), element("tbody", {}, ...rows))),
    );
  }

  private row(entry: DiaryEntry): HTMLElement {
    const when = new Date(entry.at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
    const note = element("input", { type: "text", value: entry.note, maxLength: 300, "aria-label": `${words.note}: ${when}` });
    note.addEventListener("change", () => void diary.note(entry.id, note.value));
    const [state, share] = leadingState({ ...entry, id: 0, variability: 0, abstained: false, age: null, gender: null });
    const remove = element("button", { class: "small", "aria-label": words.deleteOneOf(when) }, words.deleteOne);
    remove.addEventListener("click", () => void diary.remove(entry.id).then(() => this.show()));
    return element(
      "tr",
      {},
      element("th", { scope: "row" }, when),
      element("td", {}, `${state} (${Math.round(100 * share)} %)`),
      element("td", { class: "number" }, entry.valence.toFixed(2)),
      element("td", { class: "number" }, `${Math.round(entry.observed_s)} s`),
      element("td", {}, note),
      element("td", {}, remove),
    );
  }
}

/** Means of a day by time seen: [midnight in seconds, shares], in the order of time. */
function byDay(entries: DiaryEntry[]): [number, Record<string, number>][] {
  const days = new Map<number, { seconds: number; sums: Record<string, number> }>();
  for (const entry of entries) {
    const day = new Date(entry.at).setHours(0, 0, 0, 0) / 1000;
    const known = days.get(day) ?? { seconds: 0, sums: {} };
    known.seconds += entry.observed_s;
    for (const [state, share] of Object.entries(entry.emopoi8)) known.sums[state] = (known.sums[state] ?? 0) + share * entry.observed_s;
    days.set(day, known);
  }
  return [...days.entries()]
    .sort(([a], [b]) => a - b)
    .map(([day, { seconds, sums }]) => [day, Object.fromEntries(Object.entries(sums).map(([state, sum]) => [state, seconds > 0 ? sum / seconds : 0]))]);
}
