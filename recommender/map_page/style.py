"""Style and script of the map page: light and dark, small screens, nothing from elsewhere."""

STYLE = """
:root { color-scheme: light dark; --paper: #fbfbf9; --card: #fff; --ink: #1c1c1a; --faint: #62625c;
  --line: #dcdcd6; --track: #ecece6; --link: #00578a; --ground: #f2f2ec; --ring: #b9b9b0;
  --for: #0072b2; --against: #d55e00; --lit: #e6f1f8; }
@media (prefers-color-scheme: dark) { :root { --paper: #161615; --card: #20201e; --ink: #ecece8;
  --faint: #a3a39b; --line: #3a3a36; --track: #34342f; --link: #7cc4f0; --ground: #1b1b19;
  --ring: #55554f; --for: #56b4e9; --against: #e67a2e; --lit: #1d3440; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 82rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
  overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: .5rem 0 0; }
h2 { font-size: 1.15rem; margin: 0 0 .5rem; }
h3 { font-size: 1rem; margin: 0; line-height: 1.35; }
a { color: var(--link); }
.faint { color: var(--faint); font-size: .9rem; margin: .2rem 0; }
section { background: var(--card); border: 1px solid var(--line); border-radius: .6rem;
  padding: 1rem 1.1rem; margin: 1rem 0; }
.both { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0 1rem; align-items: start; }
@media (min-width: 60rem) { .both { grid-template-columns: minmax(0, 11fr) minmax(0, 9fr); }
  .both > .seen { position: sticky; top: 0; } }
svg.map { display: block; width: 100%; height: auto; max-height: 92vh; border-radius: .4rem; }
.ground { fill: var(--ground); }
.ring { fill: none; stroke: var(--ring); stroke-dasharray: 3 4; }
.scale { fill: none; stroke: var(--ink); stroke-width: 1.5; }
.north { fill: var(--ink); }
.map text { font: 12.5px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
  fill: var(--ink); unicode-bidi: plaintext; }
.map .name, .map .ring-label { paint-order: stroke; stroke: var(--ground); stroke-width: 3px;
  stroke-linejoin: round; }
.map .ring-label { fill: var(--faint); }
.map .north-label { font-weight: 600; }
.map .number, .badge .number { font-weight: 700; font-size: 12px; fill: #000; }
.map .on-dark, .badge .on-dark { fill: #fff; }
.start circle { fill: none; stroke: var(--ink); stroke-width: 2.5; }
.start .core { fill: var(--ink); stroke: none; }
.mark { stroke: var(--ink); stroke-width: 1.2; }
.leader { stroke: var(--ink); stroke-width: 1.2; }
.spot { fill: var(--ink); }
.pin { cursor: pointer; }
.pin.lit .mark { stroke-width: 4; } .pin.lit .name { font-weight: 700; }
.choosing .pin:not(.lit) { opacity: .3; }
.legend { list-style: none; padding: 0; margin: .6rem 0 0; display: flex; flex-wrap: wrap;
  gap: .2rem 1rem; font-size: .9rem; }
.legend svg { vertical-align: -.15rem; margin-right: .35rem; }
.entries { list-style: none; padding: 0; margin: 0; }
.entry { display: grid; grid-template-columns: 2rem minmax(0, 1fr); gap: 0 .6rem; padding: .7rem .5rem;
  border-top: 1px solid var(--line); overflow: hidden; scroll-margin-top: 1rem; }
.entry p { margin: .15rem 0; }
.entry.lit, .entry:target { background: var(--lit); }
.badge { width: 1.9rem; height: 1.9rem; }
.open { font-weight: 600; color: var(--ink); white-space: nowrap; }
.together { white-space: nowrap; }
.terms { display: block; width: 100%; max-width: 22rem; height: .7rem; margin-top: .35rem; }
.terms .for { fill: var(--for); } .terms .against { fill: var(--against); }
.terms .track { fill: var(--track); } .terms .zero { fill: var(--ink); }
.key { display: inline-block; width: .7rem; height: .7rem; vertical-align: -.05rem; }
.key rect { width: 100%; height: 100%; } .key .for { fill: var(--for); }
.key .against { fill: var(--against); }
.notes { margin: 0; padding-left: 1.1rem; }
@media (max-width: 34rem) { body { padding: .6rem; } section { padding: .7rem; }
  .map .name { display: none; } .map .number { font-size: 15px; } .map text { font-size: 15px; }
  .map .mark { transform: scale(1.3); transform-box: fill-box; transform-origin: center; } }
@media print { .both { display: block; } body { max-width: none; } }
"""

SCRIPT = """
for (const part of document.querySelectorAll("[data-place]")) {
  const same = document.querySelectorAll('[data-place="' + part.dataset.place + '"]');
  const light = (on) => () => {
    for (const other of same) other.classList.toggle("lit", on);
    document.body.classList.toggle("choosing", on);
  };
  part.addEventListener("pointerenter", light(true));
  part.addEventListener("pointerleave", light(false));
  part.addEventListener("focusin", light(true));
  part.addEventListener("focusout", light(false));
}
"""
"""What is pointed at or holds the focus stands out in list and map; the page works without it."""
