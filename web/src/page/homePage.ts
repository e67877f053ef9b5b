import { element } from "./dom";
import type { Page } from "./page";
import { texts } from "./texts";

export function homePage(): Page {
  const words = texts.home;
  return {
    title: words.title,
    content: element(
      "div",
      {},
      element("h1", {}, words.title),
      element("p", { class: "lead" }, words.lead),
      element(
        "div",
        { class: "cards" },
        ...words.cards.map((card) =>
          element(
            "section",
            { class: "card" },
            element("h2", {}, card.title),
            element("p", {}, card.text),
            element("div", {}, element("a", { class: "button main", href: card.to }, card.action)),
          ),
        ),
      ),
    ),
  };
}
