import { element } from "./dom";

/** Shares with their names, as bars that a screen reader reads as a list of terms. */
export function bars(shares: [string, number][], colours: Record<string, string>, names: (label: string) => string): HTMLElement {
  return element(
    "dl",
    { class: "bars" },
    ...shares.map(([label, share]) =>
      element(
        "div",
        {},
        element("dt", {}, names(label)),
        element(
          "dd",
          { class: "track", "aria-hidden": "true" },
          element("span", { style: `width:${(100 * share).toFixed(1)}%;background:${colours[label] ?? "#888"}` }),
        ),
        element("dd", { class: "share" }, `${Math.round(100 * share)} %`),
      ),
    ),
  );
}

export function legend(labels: string[], colours: Record<string, string>, names: (label: string) => string): HTMLElement {
  return element(
    "ul",
    { class: "legend" },
    ...labels.map((label) => element("li", {}, element("i", { style: `background:${colours[label] ?? "#888"}` }), names(label))),
  );
}
