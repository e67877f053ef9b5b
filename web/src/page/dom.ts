type Child = Node | string | null | undefined | false;
type Properties = Record<string, unknown>;

/**
 * Makes an element. Names with a dash and `role`, `for`, `class` become attributes, names that start with `on`
 * listeners, all others properties. Text is never read as HTML.
 */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Properties = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value as EventListener);
    else if (name.includes("-") || ["role", "for", "class", "style"].includes(name)) made.setAttribute(name, String(value));
    else (made as unknown as Properties)[name] = value;
  }
  made.append(...children.filter((child): child is Node | string => child !== null && child !== undefined && child !== false));
  return made;
}

export function replaced(parent: Element, ...children: Child[]): void {
  parent.replaceChildren(...children.filter((child): child is Node | string => Boolean(child)));
}

let lastId = 0;

/** An id that no other element of the page has. */
export function freshId(name: string): string {
  lastId += 1;
  return `${name}-${lastId}`;
}
