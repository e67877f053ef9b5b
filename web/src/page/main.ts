import { analysePage } from "./analysePage";
import { apiPage } from "./apiPage";
import { diaryPage } from "./diaryPage";
import { element, replaced } from "./dom";
import { homePage } from "./homePage";
import { keptPage } from "./keptPage";
import { livePage } from "./livePage";
import { registerOffline } from "./offline";
import type { Page } from "./page";
import { resultPage } from "./resultPage";
import "./style.css";
import { texts } from "./texts";
import { tokenPage } from "./tokenPage";

/** The first part of the address after "#/", and what it shows. */
const ROUTES: Record<string, (rest: string) => Page> = {
  "": homePage,
  analyse: analysePage,
  results: resultPage,
  live: livePage,
  diary: diaryPage,
  kept: keptPage,
  api: apiPage,
  token: (rest) => tokenPage(decoded(rest)),
};
const NAV: [string, string][] = [
  ["", texts.nav.home],
  ["analyse", texts.nav.analyse],
  ["live", texts.nav.live],
  ["diary", texts.nav.diary],
  ["kept", texts.nav.kept],
];

const main = element("main", { class: "wide", id: "content", tabIndex: -1 });
const links = NAV.map(([name, text]) => element("a", { href: `#/${name}` }, text));
let page: Page | null = null;

function route(first: boolean): void {
  const [, name = "", ...rest] = location.hash.split("/");
  page?.leave?.();
  page = (Object.hasOwn(ROUTES, name) ? ROUTES[name]! : notFound)(rest.join("/"));
  document.title = `${page.title} · ${texts.name}`;
  for (const [i, [own]] of NAV.entries()) {
    if (own === name || (own === "analyse" && name === "results")) links[i]!.setAttribute("aria-current", "page");
    else links[i]!.removeAttribute("aria-current");
  }
  replaced(main, page.content);
  // A new page begins at its top, for eyes and for screen readers.
  if (!first) {
    main.focus({ preventScroll: true });
    scrollTo(0, 0);
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function notFound(): Page {
  const words = texts.notFound;
  return {
    title: words.title,
    content: element("div", {}, element("h1", {}, words.title), element("p", {}, `${words.lead} `, element("a", { href: "#/" }, texts.nav.home))),
  };
}

const skip = element("a", { class: "skip", href: "#content" }, texts.skip);
skip.addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
document.body.append(
  skip,
  element(
    "header",
    { class: "top" },
    element(
      "div",
      { class: "wide" },
      element("a", { class: "brand", href: "#/" }, element("img", { src: "/icon.svg", alt: "", width: 28, height: 28 }), texts.name),
      element("nav", { "aria-label": texts.nav.label }, element("ul", {}, ...links.map((link) => element("li", {}, link)))),
    ),
  ),
  main,
  element(
    "footer",
    {},
    element(
      "div",
      { class: "wide" },
      element("p", {}, texts.footer),
      element("p", {}, element("a", { href: "/notices.txt" }, texts.notices), " · ", element("a", { href: "#/api" }, texts.apiPage)),
    ),
  ),
);
addEventListener("hashchange", () => route(false));
route(true);
void registerOffline();
