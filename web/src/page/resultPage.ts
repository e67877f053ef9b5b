import { type EmotionProfile, mainPerson } from "../profile/personProfile";
import { type Job, Refused, type ResultFile, type Timeline, api, hasEnded } from "./api";
import { colours } from "./colours";
import { element, freshId, replaced } from "./dom";
import type { HeadViewer } from "./headViewer";
import type { Page } from "./page";
import { PlacesPanel } from "./placesPanel";
import { profilePanel } from "./profilePanel";
import type { StackedChart } from "./stackedChart";
import { texts } from "./texts";

const words = texts.result;
/** What may be shown on top, in this order: name of the file and what it is called. */
const SHOWN: [RegExp, string][] = [
  [/^head\/grid\.mp4$/, words.grid],
  [/^annotated\.mp4$/, words.annotated],
  [/^(head\/)?head\.mp4$/, words.head],
  [/^annotated\//, words.annotated],
  [/^head\/overlay\.jpg$/, words.overlay],
  [/^head\/frontal\.jpg$/, words.frontal],
  [/^head\/turned\.jpg$/, words.turned],
];
/** Of a voice there is no timeline to click on, but a picture of one. */
const SHOWN_OF_VOICE: [RegExp, string][] = [...SHOWN, [/^timeline\.png$/, words.timeline]];
const HEAD = /^(?:head\/person-(\d+)\/)?head\.glb$/;

/** Everything that one job left. */
export function resultPage(id: string): Page {
  const page = new ResultPage(id);
  return { title: words.videos, content: page.content, leave: () => page.leave() };
}

class ResultPage {
  readonly content = element("div", {});
  private chart: StackedChart | null = null;
  private viewer: HeadViewer | null = null;
  private places: PlacesPanel | null = null;
  private video: HTMLVideoElement | null = null;
  private stopWatching: () => void = () => undefined;
  private left = false;

  constructor(private readonly id: string) {
    void this.open();
  }

  leave(): void {
    this.left = true;
    this.stopWatching();
    this.chart?.close();
    this.viewer?.close();
    this.places?.close();
  }

  private async open(): Promise<void> {
    try {
      const job = await api.job(this.id);
      if (!hasEnded(job)) {
        replaced(this.content, element("h1", {}, job.name), element("p", { role: "status" }, job.stage || texts.analyse.states[job.state]), element("progress", { max: 1, value: job.progress, "aria-label": texts.analyse.progress(job.name) }));
        this.stopWatching = api.watch(this.id, (now) => hasEnded(now) && void this.open());
        return;
      }
      await this.show(job, await api.resultFiles(this.id));
    } catch (error) {
      if (error instanceof Refused && error.status === 401) location.hash = "#/token";
      const text = error instanceof Refused ? words.notThere : texts.analyse.offline;
      replaced(this.content, element("h1", {}, text), element("p", {}, element("a", { href: "#/analyse" }, words.back)));
    }
  }

  private async show(job: Job, files: ResultFile[]): Promise<void> {
    const named = new Map(files.map((file) => [file.name, file]));
    const read = async <T>(name: string): Promise<T | null> => {
      const file = named.get(name);
      return file ? ((await (await fetch(file.url)).json()) as T) : null;
    };
    const [profile, timeline, notes, told] = await Promise.all([
      read<EmotionProfile>("profile.json"),
      named.has("readings.jsonl") ? api.timeline(this.id) : null,
      named.has("notes.txt") ? fetch(named.get("notes.txt")!.url).then((response) => response.text()) : "",
      colours(),
    ]);
    if (this.left) return;
    const people = profile?.people ?? [];
    this.places = new PlacesPanel(() => mainPerson(profile));
    const mediaCard = this.mediaCard(
      files,
      job.kind === "voice" ? SHOWN_OF_VOICE : SHOWN,
      job.kind === "photo" ? words.pictures : words.videos,
    );
    const heads = files.filter((file) => HEAD.test(file.name));
    replaced(
      this.content,
      element("p", {}, element("a", { href: "#/analyse" }, words.back)),
      element("h1", { class: "name" }, job.name),
      job.error !== "" && element("p", { class: "message bad" }, job.error),
      element(
        "div",
        { class: "columns" },
        element("div", { class: "stack" }, mediaCard, timeline && timeline.people.length > 0 && this.timelineCard(timeline, told.fer7), heads.length > 0 && this.viewerCard(heads)),
        element(
          "div",
          { class: "stack" },
          element(
            "section",
            { class: "card" },
            element("h2", {}, words.profile),
            ...(people.length ? people.slice(0, 6).map((person) => profilePanel(person, told.emopoi8)) : [element("p", {}, words.nobody)]),
          ),
          notes !== "" && this.notesCard(notes),
          this.downloadsCard(job, files),
        ),
      ),
      this.places.content,
    );
  }

  private mediaCard(files: ResultFile[], patterns: [RegExp, string][], heading: string): HTMLElement | null {
    const shown = patterns.flatMap(([pattern, title]) => files.filter((file) => pattern.test(file.name)).map((file) => ({ file, title })));
    if (!shown.length) return null;
    const box = element("div", {});
    const show = (file: ResultFile, title: string): void => {
      const at = this.video?.currentTime ?? 0;
      if (file.name.endsWith(".mp4")) {
        const video = element("video", { class: "media", src: file.url, controls: true, playsInline: true, preload: "metadata", "aria-label": title });
        video.addEventListener("loadedmetadata", () => (video.currentTime = Math.min(at, video.duration)), { once: true });
        video.addEventListener("timeupdate", () => this.chart?.show(video.currentTime));
        this.video = video;
        replaced(box, video);
      } else replaced(box, element("img", { class: "media", src: file.url, alt: title }));
    };
    const buttons = shown.map(({ file, title }, i) =>
      element("button", { class: "small", "aria-pressed": String(i === 0), onclick: (event: Event) => {
        for (const button of buttons) button.setAttribute("aria-pressed", String(button === event.currentTarget));
        show(file, title);
      } }, title),
    );
    show(shown[0]!.file, shown[0]!.title);
    return element("section", { class: "card" }, element("h2", {}, heading), element("div", { class: "row", role: "group", "aria-label": words.which }, ...buttons), box);
  }

  private timelineCard(timeline: Timeline, fer7: Record<string, string>): HTMLElement | null {
    if (timeline.people.every((person) => person.time_s.length < 2)) return null;
    const box = element("div", { class: "chart" });
    const who = element("select", { id: freshId("who") }, ...timeline.people.map((person, i) => element("option", { value: String(i) }, texts.live.person(person.id))));
    const names = (label: string): string => texts.expressions[label]!;
    const draw = async (): Promise<void> => {
      const { StackedChart } = await import("./stackedChart");
      if (this.left) return;
      this.chart?.close();
      const person = timeline.people[Number(who.value)]!;
      this.chart = new StackedChart(
        box,
        { x: person.time_s, labels: timeline.labels, shares: person.fer7 },
        { colours: fer7, names, dates: false, height: 220, onClick: (x) => this.video && (this.video.currentTime = x) },
      );
    };
    who.addEventListener("change", () => void draw());
    queueMicrotask(() => void draw());
    return element(
      "section",
      { class: "card" },
      element("h2", {}, words.timeline),
      element("p", { class: "quiet" }, words.timelineLead),
      timeline.people.length > 1 && element("div", { class: "row" }, element("label", { for: who.id }, words.timelinePerson), who),
      box,
    );
  }

  private viewerCard(heads: ResultFile[]): HTMLElement {
    const id = (file: ResultFile): string => HEAD.exec(file.name)![1] ?? "1";
    const box = element("div", { class: "viewer", tabIndex: 0, role: "application", "aria-label": words.viewerOf(id(heads[0]!)) });
    const play = element("button", { class: "small", hidden: true, "aria-pressed": "false" }, words.play);
    const who = element("select", { id: freshId("head") }, ...heads.map((file) => element("option", { value: file.url }, texts.live.person(Number(id(file))))));
    let playing = false;
    const press = (on: boolean): void => {
      playing = on;
      this.viewer?.play(on);
      play.setAttribute("aria-pressed", String(on));
      play.textContent = on ? words.pause : words.play;
    };
    const show = async (): Promise<void> => {
      try {
        const { HeadViewer } = await import("./headViewer");
        if (this.left) return;
        this.viewer ??= new HeadViewer(box);
        press(false);
        play.hidden = !(await this.viewer.show(who.value));
        box.setAttribute("aria-label", words.viewerOf(id(heads[who.selectedIndex] ?? heads[0]!)));
      } catch (error) {
        replaced(box, element("p", { class: "wait" }, String(error instanceof Error ? error.message : error)));
      }
    };
    play.addEventListener("click", () => press(!playing));
    who.addEventListener("change", () => void show());
    queueMicrotask(() => void show());
    return element(
      "section",
      { class: "card" },
      element("h2", {}, words.viewer),
      element("p", { class: "quiet" }, words.viewerLead),
      heads.length > 1 && element("div", { class: "row" }, element("label", { for: who.id }, words.timelinePerson), who),
      box,
      element("div", { class: "row" }, play),
    );
  }

  private notesCard(notes: string): HTMLElement {
    const lines = notes.split("\n").filter((line) => line.trim());
    return element("section", { class: "card" }, element("h2", {}, words.notes), element("ul", { class: "quiet" }, ...lines.map((line) => element("li", {}, line))));
  }

  private downloadsCard(job: Job, files: ResultFile[]): HTMLElement {
    const remove = (): void => void api.delete(this.id).then(() => (location.hash = "#/analyse"));
    return element(
      "section",
      { class: "card" },
      element("h2", {}, words.downloads),
      element("ul", { class: "downloads" }, ...files.map((file) => element("li", {}, element("a", { href: `${file.url}?save=true` }, file.name), ` ${words.size(file.bytes)}`))),
      job.expires_s !== null && element("p", { class: "quiet" }, words.expires(new Date(job.expires_s * 1000).toLocaleString())),
      element("div", { class: "row" }, element("button", { onclick: remove }, words.deleteAll)),
    );
  }
}
