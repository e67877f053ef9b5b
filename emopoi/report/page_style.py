"""Style of report.html: no fonts, scripts or pictures from elsewhere; light and dark; small screens."""

STYLE = """
:root { color-scheme: light dark; --paper: #fbfbf9; --card: #fff; --ink: #1c1c1a; --faint: #62625c;
  --line: #dcdcd6; --track: #ecece6; --link: #00578a; }
@media (prefers-color-scheme: dark) { :root { --paper: #161615; --card: #20201e; --ink: #ecece8;
  --faint: #a3a39b; --line: #3a3a36; --track: #34342f; --link: #7cc4f0; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 62rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
  overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: .5rem 0 0; }
h2 { font-size: 1.15rem; margin: 0 0 .5rem; }
h3 { font-size: .95rem; margin: 1rem 0 .4rem; }
a { color: var(--link); }
.faint { color: var(--faint); font-size: .9rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: 1rem 1.1rem;
  margin: 1rem 0; }
.headline { font-size: 1.15rem; font-weight: 600; margin: .1rem 0 .3rem; }
.abstained { border-left: .35rem solid var(--faint); }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(17rem, 1fr)); gap: 0 2rem; }
.bar { display: grid; grid-template-columns: 6.2rem 1fr 3.1rem; gap: .6rem; align-items: center;
  font-size: .92rem; margin: .18rem 0; }
.bar b { font-weight: 400; } .bar output { text-align: right; font-variant-numeric: tabular-nums; }
.track { background: var(--track); border-radius: .25rem; height: .8rem; }
.fill { height: 100%; border-radius: .25rem; min-width: 1px; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(12rem, 42%), 1fr)); gap: .6rem 1.2rem;
  margin: 1rem 0 0; }
dl div { border-top: 1px solid var(--line); padding-top: .3rem; }
dt { color: var(--faint); font-size: .82rem; } dd { margin: 0; }
img, video { display: block; max-width: 100%; height: auto; border-radius: .4rem; background: #fff; }
video { width: 100%; max-height: 32rem; background: #000; }
.wide { overflow-x: auto; }
.wide img { width: 100%; min-width: 42rem; max-width: none; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .7rem .4rem 0;
  border-bottom: 1px solid var(--line); }
th { color: var(--faint); font-weight: 600; font-size: .82rem; }
td ul, section > ul { margin: 0; padding-left: 1.1rem; }
code { font-size: .85rem; }
.places { padding-left: 1.4rem; } .places li { margin-bottom: .6rem; } .places p { margin: .1rem 0 0; }
"""
