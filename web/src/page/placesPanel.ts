import type { Place } from "../places/place";
import type { PlaceSource } from "../places/placeSource";
import type { Question, Ranked } from "../places/ranking";
import type { Mode } from "../places/rules";
import { type PersonProfile, leadingState } from "../profile/personProfile";
import { api } from "./api";
import { element, freshId, replaced } from "./dom";
import { feedback } from "./feedbackStore";
import type { PlacesMap } from "./placesMap";
import { texts } from "./texts";

const words = texts.places;
const TOP = 8;

/** Places for one person: where to look, the list with reasons, the map, and what one says of them. */
export class PlacesPanel {
  readonly content = element("section", { class: "card" });
  private readonly mode = element("select", { id: freshId("mode") });
  private readonly where = element("select", { id: freshId("where") });
  private readonly lat = element("input", { type: "number", step: "any", id: freshId("lat") });
  private readonly lon = element("input", { type: "number", step: "any", id: freshId("lon") });
  private readonly typed = element("div", { class: "row", hidden: true });
  private readonly message = element("p", { class: "quiet", role: "status" });
  private readonly list = element("ol", { class: "placelist" });
  private readonly mapBox = element("div", { class: "map", hidden: true, role: "region", "aria-label": words.map });
  private source: PlaceSource | null = null;
  private map: PlacesMap | null = null;
  private at: [number, number] | null = null;

  /** @param person whose profile is taken when places are looked for */
  constructor(private readonly person: () => PersonProfile | null) {
    for (const mode of ["lift", "match", "off"] as const) this.mode.append(element("option", { value: mode }, words.modes[mode]));
    for (const [value, text] of [
      ["centre", words.centre("")],
      ["here", words.here],
      ["typed", words.typed],
    ] as const) {
      this.where.append(element("option", { value }, text));
    }
    this.where.addEventListener("change", () => (this.typed.hidden = this.where.value !== "typed"));
    this.typed.append(
      element("label", { for: this.lat.id }, words.lat),
      this.lat,
      element("label", { for: this.lon.id }, words.lon),
      this.lon,
    );
    replaced(
      this.content,
      element("h2", {}, words.title),
      element("p", { class: "quiet" }, words.lead),
      element(
        "div",
        { class: "placeform" },
        element("div", { class: "field" }, element("label", { for: this.mode.id }, words.mode), this.mode),
        element("div", { class: "field" }, element("label", { for: this.where.id }, words.where), this.where),
      ),
      this.typed,
      element("div", { class: "row" }, element("button", { onclick: () => void this.find() }, words.find)),
      this.message,
      this.mapBox,
      this.list,
    );
  }

  close(): void {
    this.map?.close();
    this.map = null;
  }

  private async find(): Promise<void> {
    this.message.textContent = words.finding;
    try {
      // The map and the grid of cells are loaded when they are wanted.
      const { PlaceSource } = await import("../places/placeSource");
      this.source ??= await PlaceSource.open();
      this.at = await this.position(this.source);
      await this.show();
    } catch (error) {
      this.message.textContent = error instanceof Error ? error.message : String(error);
    }
  }

  private async show(): Promise<void> {
    const source = this.source!;
    const at = this.at!;
    const { ranked } = await import("../places/ranking");
    const { reasons } = await import("../places/reasons");
    const person = this.person();
    const question: Question = { at, whenMs: Date.now(), person, mode: this.mode.value as Mode, top: TOP, said: feedback.all() };
    const candidates = await source.candidates(question);
    const best = ranked(candidates, question, source.rules);
    const { catalogue } = source.rules;
    if (!best.length) {
      this.message.textContent = words.none(catalogue.name);
      replaced(this.list);
      return;
    }
    replaced(
      this.message,
      this.about(person, question.mode),
      " ",
      catalogue.dated ? words.dated(catalogue.dated) : null,
      " ",
      words.local,
    );
    const fromCentre = this.where.value === "centre";
    replaced(
      this.list,
      ...best.map((one, i) =>
        this.item(one, i + 1, reasons(one, { person, mode: question.mode, said: question.said[one.place.id], fromCentre }, source.rules)),
      ),
    );
    await this.showMap(at, best, candidates, catalogue.attribution);
  }

  private about(person: PersonProfile | null, mode: Mode): string {
    if (mode === "off") return "";
    if (!person || person.abstained) return words.noExpression;
    return words.expression(...leadingState(person));
  }

  private item(one: Ranked, rank: number, told: string[]): HTMLElement {
    const { place } = one;
    const said = feedback.all()[place.id] ?? { value: 0 as const, hidden: false };
    const say = (value: -1 | 0 | 1, hidden: boolean) => (): void => {
      feedback.say(place.id, { value, hidden });
      void this.show();
    };
    const name = place.nameEn && place.nameEn !== place.name ? `${place.name} (${place.nameEn})` : place.name;
    const button = (text: string, pressed: boolean, onclick: () => void): HTMLElement =>
      element("button", { class: "small", "aria-pressed": String(pressed), "aria-label": `${text}: ${place.name}`, onclick }, text);
    const terms = Object.entries(one.terms).filter(([, value]) => Math.abs(value) >= 0.005);
    return element(
      "li",
      { id: this.itemId(rank) },
      element("span", { class: "rank", "aria-hidden": "true" }, String(rank)),
      element(
        "div",
        {},
        element("h3", { class: "name" }, name),
        element("p", { class: "quiet" }, [one.kind.words, ...told].join("; ")),
        element(
          "div",
          { class: "row" },
          button(words.like, said.value === 1, say(said.value === 1 ? 0 : 1, false)),
          button(words.dislike, said.value === -1, say(said.value === -1 ? 0 : -1, false)),
          button(words.hide, false, say(said.value, true)),
        ),
        element(
          "details",
          { class: "quiet" },
          element("summary", {}, words.terms),
          terms.map(([term, value]) => `${term.replace("_", " ")} ${value >= 0 ? "+" : "−"}${Math.abs(value).toFixed(2)}`).join(", "),
        ),
      ),
    );
  }

  private async showMap(at: [number, number], best: Ranked[], candidates: Place[], attribution: string): Promise<void> {
    const { PlacesMap } = await import("./placesMap");
    this.mapBox.hidden = false;
    if (!this.map) {
      const tiles = await api.about().then(
        (about) => about.tiles,
        () => null,
      );
      this.map = new PlacesMap(this.mapBox, tiles, attribution);
    }
    const pins = best.map((one, i) => ({ lat: one.place.lat, lon: one.place.lon, text: String(i + 1), title: `${i + 1}: ${one.place.name}` }));
    this.map.show(at, pins, candidates, (index) => document.getElementById(this.itemId(index + 1))?.scrollIntoView({ block: "nearest" }));
  }

  private itemId(rank: number): string {
    return `${this.mode.id}-place-${rank}`;
  }

  private async position(source: PlaceSource): Promise<[number, number]> {
    if (this.where.value === "typed") {
      const [lat, lon] = [this.lat.valueAsNumber, this.lon.valueAsNumber];
      if (!(Math.abs(lat) <= 90 && Math.abs(lon) <= 180)) throw new Error(words.badPosition);
      return [lat, lon];
    }
    if (this.where.value === "here") {
      const found = await new Promise<GeolocationPosition>((resolve, reject) =>
        navigator.geolocation.getCurrentPosition(resolve, () => reject(new Error(words.noPosition)), { timeout: 15_000 }),
      );
      return [found.coords.latitude, found.coords.longitude];
    }
    return source.rules.catalogue.centre;
  }
}
