import { element, replaced } from "./dom";
import type { Page } from "./page";
import { texts } from "./texts";

interface OpenApi {
  info: { description: string };
  paths: Record<string, Record<string, { summary: string; description?: string; tags?: string[] }>>;
}

/** The addresses of the server by its own description: the usual viewers load their scripts from elsewhere. */
export function apiPage(): Page {
  const body = element("div", { class: "stack" });
  void fetch("/api/v1/openapi.json")
    .then((response) => response.json() as Promise<OpenApi>)
    .then(({ paths }) => replaced(body, ...tags(paths).map((tag) => card(tag, paths))))
    .catch(() => replaced(body, element("p", {}, texts.analyse.offline)));
  const link = element("a", { href: "/api/v1/openapi.json" }, "openapi.json");
  return {
    title: texts.api.title,
    content: element("div", {}, element("h1", {}, texts.api.title), element("p", { class: "lead" }, texts.api.lead, " ", link), body),
  };
}

function tags(paths: OpenApi["paths"]): string[] {
  const found = Object.values(paths).flatMap((methods) => Object.values(methods).flatMap((one) => one.tags ?? []));
  return [...new Set(found)];
}

function card(tag: string, paths: OpenApi["paths"]): HTMLElement {
  const rows = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, one]) => one.tags?.includes(tag))
      .map(([method, one]) =>
        element(
          "tr",
          {},
          element("th", { scope: "row", class: "name" }, `${method.toUpperCase()} ${path}`),
          element("td", {}, one.description ?? one.summary),
        ),
      ),
  );
  return element(
    "section",
    { class: "card" },
    element("h2", {}, tag),
    element("div", { class: "scroll", tabIndex: 0, role: "region", "aria-label": tag }, element("table", { class: "roomy" }, element("tbody", {}, ...rows))),
  );
}
