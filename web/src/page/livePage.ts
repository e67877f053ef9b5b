import { Camera, type CameraFrame } from "../live/camera";
import { type LiveResult, LiveSession } from "../live/liveSession";
import { type EmotionProfile, mainPerson } from "../profile/personProfile";
import { bars, legend } from "./bars";
import { CourseStrip } from "./courseStrip";
import { diary } from "./diaryStore";
import { element, freshId, replaced } from "./dom";
import { keepForOffline } from "./offline";
import { drawOverlay } from "./overlay";
import type { Page } from "./page";
import { PlacesPanel } from "./placesPanel";
import { profilePanel } from "./profilePanel";
import { RequestLog } from "./requestLog";
import { storage } from "./storage";
import { texts } from "./texts";

const words = texts.live;
const PANELS_EVERY_MS = 200;
const ANNOUNCE_EVERY_MS = 4000;
const RATE_OVER_MS = 2000;

/** The camera's page: consent, camera, readings, profile, places. */
export function livePage(): Page {
  const live = new Live();
  return { title: words.title, content: live.content, leave: () => live.leave() };
}

class Live {
  readonly content: HTMLElement;
  private readonly video = element("video", { muted: true, playsInline: true, "aria-hidden": "true" });
  private readonly canvas = element("canvas", { "aria-hidden": "true" });
  private readonly wait = element("div", { class: "wait" });
  private readonly camera = new Camera(this.video);
  private session: LiveSession | null = null;
  private course: CourseStrip | null = null;
  private profile: EmotionProfile | null = null;
  private log: RequestLog | null = null;
  private left = false;
  private frameSize = { width: 640, height: 480 };
  private arrivals: number[] = [];
  private panelsMs = 0;
  private announcedMs = 0;
  private announced = "";
  private readonly now = element("div", {});
  private readonly over = element("div", {}, element("p", { class: "quiet" }, words.overTimeEmpty));
  private readonly courseCard = element("div", {});
  private readonly status = element("p", { class: "quiet", role: "status" });
  private readonly problem = element("p", { class: "message bad", role: "alert" });
  private readonly speaker = element("p", { class: "hidden", "aria-live": "polite" });
  private readonly privacy = element("div", {});
  private readonly models = element("div", {});
  private readonly consent = element("section", { class: "card" });
  private readonly stage = element("section", { class: "card", hidden: true });
  private readonly side = element("div", { class: "stack", hidden: true });
  private readonly below = element("div", { class: "stack", hidden: true });
  private readonly cameras = element("select", { id: freshId("camera") });
  private readonly mesh = element("input", { type: "checkbox" });
  private readonly places = new PlacesPanel(() => mainPerson(this.profile));
  private readonly saved = element("p", { class: "quiet", role: "status" });

  constructor() {
    this.fillConsent();
    this.fillStage();
    this.fillSide();
    this.content = element(
      "div",
      {},
      element("h1", {}, words.title),
      element("p", { class: "lead" }, words.lead),
      this.problem,
      this.consent,
      element("div", { class: "columns" }, this.stage, this.side),
      this.below,
      this.speaker,
    );
  }

  leave(): void {
    this.left = true;
    this.camera.stop();
    this.log?.close();
    this.session?.close();
    this.session = null;
    this.places.close();
  }

  private fillConsent(): void {
    const agreed = element("input", { type: "checkbox" });
    const webGpu = element("input", { type: "checkbox", checked: storage.read("webgpu", false) });
    const start = element("button", { class: "main", disabled: true }, words.start);
    agreed.addEventListener("change", () => (start.disabled = !agreed.checked));
    start.addEventListener("click", () => {
      start.disabled = true;
      if (webGpu.checked) storage.write("webgpu", true);
      else storage.remove("webgpu");
      void this.start(webGpu.checked).finally(() => (start.disabled = !agreed.checked));
    });
    replaced(
      this.consent,
      element("h2", {}, words.consentTitle),
      element("ul", {}, ...words.consentPoints.map((point) => element("li", {}, point))),
      element("label", { class: "check" }, agreed, words.consent),
      // Only where there is something to choose.
      "gpu" in navigator && element("label", { class: "check quiet" }, webGpu, words.webGpu),
      element("div", { class: "row" }, start),
    );
  }

  private fillStage(): void {
    this.mesh.checked = storage.read("mesh", false);
    this.mesh.addEventListener("change", () => (this.mesh.checked ? storage.write("mesh", true) : storage.remove("mesh")));
    this.cameras.addEventListener("change", () => void this.change());
    replaced(
      this.stage,
      element("h2", { class: "hidden" }, words.camera),
      element("div", { class: "stage" }, this.video, this.canvas, this.wait),
      element(
        "div",
        { class: "row" },
        element("button", { onclick: () => this.stop() }, words.stop),
        element("button", { onclick: () => this.forget() }, words.forget),
        element("label", { class: "check" }, this.mesh, words.mesh),
      ),
      element("div", { class: "row" }, element("label", { for: this.cameras.id }, words.camera), this.cameras),
      this.status,
      this.courseCard,
    );
  }

  private fillSide(): void {
    const save = element("button", { class: "small", onclick: () => void this.save() }, words.save);
    replaced(
      this.side,
      element("section", { class: "card" }, element("h2", {}, words.now), this.now),
      element("section", { class: "card" }, element("h2", {}, words.overTime), this.over, element("div", { class: "row" }, save), this.saved),
      element("section", { class: "card" }, element("h2", {}, words.privacy), this.privacy),
    );
    replaced(
      this.below,
      this.places.content,
      element("section", { class: "card" }, element("details", {}, element("summary", {}, words.models), this.models)),
    );
  }

  private async start(webGpu: boolean): Promise<void> {
    this.problem.textContent = "";
    if (!navigator.mediaDevices) {
      this.problem.textContent = words.noCameraHere;
      return;
    }
    this.consent.hidden = true;
    this.stage.hidden = false;
    this.wait.textContent = words.starting;
    const loaded = this.session ? Promise.resolve() : this.load(webGpu);
    // Both at once; the slower one decides.
    const [camera, models] = await Promise.allSettled([this.camera.start(), loaded]);
    if (camera.status === "rejected") this.failed(words.noCamera);
    else if (models.status === "rejected") this.failed(String((models.reason as Error).message));
    else if (this.camera.on) await this.run();
  }

  private async load(webGpu: boolean): Promise<void> {
    const session = new LiveSession();
    try {
      const used = await session.load(webGpu, (done, total) => (this.wait.textContent = words.loading(done, total)));
      if (this.left) return session.close();
      this.session = session;
      this.course = new CourseStrip(session.facts!.fer7, session.facts!.colours.fer7, words.course);
      void keepForOffline(used);
    } catch (error) {
      session.close();
      throw error;
    } finally {
      this.showModels(session);
    }
  }

  private async run(): Promise<void> {
    const session = this.session!;
    this.side.hidden = this.below.hidden = false;
    this.wait.textContent = "";
    this.video.classList.toggle("mirrored", this.camera.facesUser);
    session.listen(
      (result) => this.take(result),
      (problem) => this.failed(problem),
    );
    this.log?.close();
    this.log = new RequestLog();
    this.showPrivacy();
    this.camera.pump(
      () => session.ready,
      (frame: CameraFrame) => {
        this.frameSize = { width: frame.width, height: frame.height };
        session.read(frame, this.mesh.checked);
      },
    );
    replaced(
      this.courseCard,
      element("h3", {}, words.course),
      this.course!.canvas,
      legend(session.facts!.fer7, session.facts!.colours.fer7, (label) => texts.expressions[label]!),
    );
    await this.listCameras();
  }

  private take(result: LiveResult): void {
    const facts = this.session?.facts;
    if (!facts) return;
    // For programs that ride along, and for tests: nothing of it leaves the page.
    window.dispatchEvent(new CustomEvent("emopoi:result", { detail: result }));
    const sure = facts.profile.min_confidence;
    drawOverlay(this.canvas, this.frameSize, result.faces, { mirrored: this.camera.facesUser, sure, colours: facts.colours.fer7 });
    const first = result.faces[0];
    if (first) this.course!.add(first.fer7, result.timeMs);
    if (result.profile) this.profile = result.profile;
    const at = performance.now();
    this.arrivals = [...this.arrivals.filter((one) => at - one < RATE_OVER_MS), at];
    if (at - this.panelsMs < PANELS_EVERY_MS) return;
    this.panelsMs = at;
    this.showPanels(result, sure, at);
  }

  private showPanels(result: LiveResult, sure: number, at: number): void {
    const { colours, fer7 } = this.session!.facts!;
    const rate = (this.arrivals.length - 1) / Math.max((at - this.arrivals[0]!) / 1000, 0.1);
    this.status.setAttribute("aria-live", "off");
    this.status.textContent = words.running(Math.max(rate, 0), result.ms);
    const shown = result.faces.map((face) => {
      const label = face.confidence >= sure ? texts.expressions[face.label]! : words.unsure;
      const shares = fer7.map((name, i): [string, number] => [name, face.fer7[i]!]);
      return element(
        "div",
        { class: "person" },
        element("p", {}, element("span", { class: "big" }, label), ` ${words.person(face.id)}, ${words.sure(face.confidence)}`),
        bars(shares, colours.fer7, (name) => texts.expressions[name]!),
      );
    });
    replaced(this.now, ...(shown.length ? shown : [element("p", { class: "quiet" }, words.nobody)]));
    const people = this.profile?.people ?? [];
    if (people.length) replaced(this.over, ...people.slice(0, 4).map((person) => profilePanel(person, colours.emopoi8)));
    this.showPrivacy();
    const first = result.faces[0];
    const label = first ? (first.confidence >= sure ? texts.expressions[first.label]! : words.unsure) : words.nobody;
    if (label !== this.announced && at - this.announcedMs > ANNOUNCE_EVERY_MS) {
      this.announced = label;
      this.announcedMs = at;
      this.speaker.textContent = words.announce(label);
    }
  }

  private showPrivacy(): void {
    const asked = this.log?.urls() ?? [];
    replaced(
      this.privacy,
      element("p", {}, asked.length ? words.privacyRequests(asked.length) : words.privacyNothing),
      asked.length > 0 && element("ul", { class: "quiet name" }, ...counted(asked).map((text) => element("li", {}, text))),
    );
  }

  private showModels(session: LiveSession): void {
    const rows = session.tests.map((test) =>
      element(
        "tr",
        {},
        element("th", { scope: "row" }, test.name),
        element("td", {}, test.passed ? words.passed(test.difference) : words.failed(test.problem)),
        element("td", { class: "number" }, `${test.ms.toFixed(1)} ms`),
        element("td", {}, test.accelerator),
      ),
    );
    const head = element("tr", {}, ...words.modelColumns.map((name) => element("th", { scope: "col" }, name)));
    replaced(this.models, element("div", { class: "scroll", tabIndex: 0, role: "region", "aria-label": words.models }, element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows))));
  }

  private async listCameras(): Promise<void> {
    const devices = (await navigator.mediaDevices.enumerateDevices()).filter((device) => device.kind === "videoinput");
    const chosen = this.cameras.value;
    replaced(
      this.cameras,
      element("option", { value: "" }, words.usualCamera),
      ...devices.filter((device) => device.deviceId).map((device, i) => element("option", { value: device.deviceId }, device.label || `${words.camera} ${i + 1}`)),
    );
    this.cameras.value = chosen;
  }

  private async change(): Promise<void> {
    this.camera.stop();
    try {
      await this.camera.start(this.cameras.value || undefined);
      if (this.camera.on) await this.run();
    } catch {
      this.failed(words.noCamera);
    }
  }

  private forget(): void {
    this.session?.restart();
    this.profile = null;
    this.course?.clear();
    replaced(this.over, element("p", { class: "quiet" }, words.overTimeEmpty));
    this.saved.textContent = "";
  }

  private async save(): Promise<void> {
    const person = mainPerson(this.profile);
    if (!diary.on) replaced(this.saved, `${words.saveOff} `, element("a", { href: "#/diary" }, texts.nav.diary));
    else if (!person || person.abstained) this.saved.textContent = words.abstained;
    else {
      const saved = await diary.add(person).then(
        () => true,
        () => false,
      );
      this.saved.textContent = saved ? words.saved : words.notSaved;
    }
  }

  private stop(): void {
    this.camera.stop();
    this.canvas.getContext("2d")!.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.status.textContent = "";
    this.wait.textContent = words.ended;
    this.consent.hidden = false;
  }

  private failed(problem: string): void {
    this.camera.stop();
    this.problem.textContent = problem;
    this.wait.textContent = words.ended;
    this.consent.hidden = false;
  }
}

/** Addresses with how often each was asked for; cells of places count as one. */
function counted(urls: string[]): string[] {
  const counts = new Map<string, number>();
  for (const url of urls) {
    const shown = url.replace(/(\/places\/cells\/).*/, "$1…");
    counts.set(shown, (counts.get(shown) ?? 0) + 1);
  }
  return [...counts].map(([url, count]) => (count > 1 ? `${url} (${count} times)` : url));
}
