import type { PersonProfile } from "../profile/personProfile";
import { bars } from "./bars";
import { element } from "./dom";
import { texts } from "./texts";

/** What one person showed over time. */
export function profilePanel(person: PersonProfile, colours: Record<string, string>): HTMLElement {
  const words = texts.live;
  const shares = Object.entries(person.emopoi8).sort((a, b) => b[1] - a[1]);
  const facts = [words.observed(person.observed_s)];
  if (person.age) facts.push(words.age(person.age.low90, person.age.high90));
  if (person.gender) facts.push(words.presentation(person.gender.female));
  return element(
    "div",
    { class: "person" },
    element("h3", {}, words.person(person.id)),
    element("p", { class: "quiet" }, facts.join(" · ")),
    person.abstained ? element("p", {}, words.abstained) : bars(shares, colours, (label) => label),
  );
}
