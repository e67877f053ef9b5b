// A browser starts no worker for a page that was opened from a folder (file://), and the theme's search
// is one. There, and only there, its script runs in a hidden frame that takes and gives the same messages.
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(address) {
      super();
      this.waiting = [];
      const frame = document.createElement("iframe");
      frame.hidden = true;
      frame.title = "search";
      frame.srcdoc = "<!doctype html><title>search</title>";
      frame.addEventListener("load", () => this.start(frame.contentWindow, String(address)), { once: true });
      document.documentElement.append(frame);
    }

    start(inside, address) {
      const tell = (name, event) => {
        this.dispatchEvent(Object.assign(new Event(name), event));
        this["on" + name]?.({ type: name, ...event });
      };
      inside.postMessage = (data) => tell("message", { data });
      inside.importScripts = (...addresses) =>
        addresses.reduce(
          (before, next) => before.then(() => load(inside, new URL(next, address).href)),
          Promise.resolve(),
        );
      load(inside, address).then(
        () => {
          this.inside = inside;
          for (const data of this.waiting.splice(0)) this.postMessage(data);
        },
        () => tell("error", { message: `${address} can not be loaded` }),
      );
    }

    postMessage(data) {
      if (!this.inside) this.waiting.push(data);
      else this.inside.dispatchEvent(new this.inside.MessageEvent("message", { data }));
    }

    terminate() {
      this.inside?.frameElement?.remove();
    }
  };

  function load(inside, address) {
    return new Promise((done, failed) => {
      const script = inside.document.createElement("script");
      script.src = address;
      script.onload = done;
      script.onerror = failed;
      inside.document.head.append(script);
    });
  }
}
