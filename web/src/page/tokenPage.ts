import { api } from "./api";
import { element, freshId } from "./dom";
import type { Page } from "./page";
import { texts } from "./texts";

const words = texts.token;

/** Asks for the server's token, or takes it from the address that the server printed. */
export function tokenPage(given: string): Page {
  const input = element("input", { type: "password", id: freshId("token"), autocomplete: "current-password", required: true });
  const message = element("p", { class: "message bad", role: "alert" });
  const send = async (token: string): Promise<void> => {
    try {
      await api.session(token);
      location.replace("#/");
    } catch {
      message.textContent = words.wrong;
    }
  };
  const form = element(
    "form",
    { class: "card" },
    element("div", { class: "field" }, element("label", { for: input.id }, words.label), input),
    element("button", { class: "main", type: "submit" }, words.send),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void send(input.value);
  });
  if (given) {
    // Out of the address, and so out of the history.
    history.replaceState(null, "", "#/token");
    void send(given);
  }
  return { title: words.title, content: element("div", {}, element("h1", {}, words.title), element("p", { class: "lead" }, words.lead), message, form) };
}
