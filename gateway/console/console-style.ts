/** The looks of the console: a desk first, then a telephone, paper too; light and dark. No `<`, no `&`: it stands in the page as it is. */
export const consoleStyle = `
:root {
  color-scheme: light dark;
  --page: #fbfbfa; --card: #ffffff; --line: #e4e5e2; --strong-line: #c9cbc7; --text: #16181a; --soft: #5a5f63;
  --accent: #0b57c2; --s0: #2867c7; --s1: #0b7d6b; --s2: #a25a06;
  --good: #11612b; --good-bg: #e2f4e7; --bad: #a1160f; --bad-bg: #fde8e6; --open: #744100; --open-bg: #fdf0d8; --plain-bg: #eceeec;
  --heat1: #e6eefb; --heat2: #cadcf7; --heat3: #a3c2f0; --heat4: #2f6bc9; --heat5: #164a9c; --on-heat: #ffffff;
  --caller: #0b6e72; --w0: #9a5708; --w1: #6d3aa8; --w2: #2458a8; --w3: #5b6b12; --w4: #8a2f6b; --w5: #4d5a66; --person: #a8324f;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #101214; --card: #16191c; --line: #292d31; --strong-line: #454b51; --text: #e8eaeb; --soft: #a2a9af;
    --accent: #8fb8f7; --s0: #6ea0ee; --s1: #4cc2ab; --s2: #e3a552;
    --good: #8fdca7; --good-bg: #12321d; --bad: #ffb3ac; --bad-bg: #46150f; --open: #ffcb80; --open-bg: #3b2703; --plain-bg: #262b30;
    --heat1: #182231; --heat2: #1d2f4a; --heat3: #244169; --heat4: #7eaaf0; --heat5: #a9c8fb; --on-heat: #0b1930;
    --caller: #5fd0ca; --w0: #f2b155; --w1: #c69bf7; --w2: #86b4ff; --w3: #bccb66; --w4: #f093cf; --w5: #a9b2c0; --person: #ff9db0;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--page); color: var(--text); font: 0.9375rem/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif; overflow-wrap: break-word; }
h1, h2, h3, p, ul, ol, dl, dd, figure { margin: 0; padding: 0; }
ul, ol { list-style: none; }
a { color: var(--accent); text-decoration: none; }
a:hover { text-decoration: underline; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 2px; }
code { font: 0.875em ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace; overflow-wrap: anywhere; }
small { font-size: 0.8125rem; color: var(--soft); font-weight: 400; }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 0.5rem; top: 0.5rem; background: var(--card); padding: 0.5rem; }
.visually-hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }

.top { border-bottom: 1px solid var(--line); background: var(--card); }
.top div { max-width: 82rem; margin: 0 auto; padding: 0 1.5rem; display: flex; align-items: center; gap: 2rem; }
.brand { font-weight: 650; letter-spacing: -0.01em; color: var(--text); padding: 0.75rem 0; }
.top nav { display: flex; gap: 1.25rem; align-self: stretch; }
.top nav a { color: var(--soft); padding: 0.75rem 0; border-bottom: 2px solid transparent; }
.top nav a[aria-current] { color: var(--text); border-bottom-color: var(--text); }
.zone { margin-inline-start: auto; color: var(--soft); font-size: 0.8125rem; }

main { max-width: 82rem; margin: 0 auto; padding: 2rem 1.5rem 4rem; display: grid; gap: 2rem; grid-template-columns: minmax(0, 1fr); }
h1 { font-size: 1.75rem; line-height: 1.2; font-weight: 650; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; }
h2 { font-size: 1.0625rem; line-height: 1.3; font-weight: 650; letter-spacing: -0.01em; }
h3 { font-size: 0.9375rem; line-height: 1.4; font-weight: 600; }
.sub, .hint, .n, .exports { color: var(--soft); }
.hint, .n, .exports { font-size: 0.8125rem; }
.n { font-weight: 400; font-variant-numeric: tabular-nums; white-space: nowrap; }
.few { color: var(--open); }
.few .mark { font-size: 0.6875rem; font-weight: 600; padding: 0 0.25rem; border-radius: 3px; background: var(--open-bg); color: var(--open); }
.head { display: grid; gap: 0.25rem 1.5rem; grid-template-columns: minmax(0, 1fr); }
.sub { overflow-wrap: anywhere; }
.notice { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 2rem; display: grid; gap: 0.5rem; }
.notice code { background: var(--plain-bg); padding: 0.125rem 0.375rem; border-radius: 4px; }
.live { background: var(--good-bg); color: var(--good); border-radius: 8px; padding: 0.625rem 1rem; }
.live a { color: inherit; text-decoration: underline; }

.period { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem 0.75rem; color: var(--soft); font-size: 0.875rem; margin-top: 0.75rem; }
.spans { display: flex; border: 1px solid var(--strong-line); border-radius: 6px; background: var(--card); overflow: clip; margin-inline-end: 0.5rem; }
.spans a { padding: 0.3125rem 0.75rem; color: var(--text); }
.spans a + a { border-inline-start: 1px solid var(--line); }
.spans a[aria-current] { background: var(--text); color: var(--page); }
.period input, .period select, .period button { font: inherit; color: var(--text); background: var(--card); border: 1px solid var(--strong-line); border-radius: 6px; padding: 0.25rem 0.5rem; min-height: 2.125rem; }
.period select { max-width: 16rem; }
.period button { font-weight: 600; padding-inline: 0.875rem; cursor: pointer; }

.tiles { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 1px; background: var(--line); border: 1px solid var(--line); border-radius: 8px; overflow: clip; }
.tile { background: var(--card); padding: 1rem 1.25rem 1.125rem; }
.tile dt { color: var(--soft); font-size: 0.8125rem; }
.tile .big { display: block; font-size: 2rem; line-height: 1.2; font-weight: 600; letter-spacing: -0.025em; font-variant-numeric: tabular-nums; color: var(--text); }
.tile ul { margin-top: 0.5rem; padding-top: 0.5rem; border-top: 1px solid var(--line); font-size: 0.8125rem; color: var(--soft); display: grid; gap: 0.125rem; font-variant-numeric: tabular-nums; }
.tile li { display: grid; grid-template-columns: 4.25rem minmax(0, 1fr); gap: 0.5rem; }
.tile li a { color: var(--text); font-weight: 600; white-space: nowrap; }
.tile li .n { font-size: 0.75rem; }
.few-tiles { grid-template-columns: repeat(5, minmax(0, 1fr)); }
.few-tiles .big { font-size: 1.5rem; }
.few-tiles .chip { font-size: 1rem; }

.suggestions { display: grid; gap: 0.75rem; }
.suggestions header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 0.75rem; }
.suggestions header p { color: var(--soft); font-size: 0.8125rem; }
.suggestions ul { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 24rem), 1fr)); gap: 0.75rem; }
.suggestions li { background: var(--card); border: 1px solid var(--line); border-inline-start: 3px solid var(--accent); border-radius: 8px; padding: 0.875rem 1.125rem; display: grid; gap: 0.25rem; align-content: start; grid-template-columns: minmax(0, 1fr); }
.suggestions summary { margin-bottom: 0.5rem; }
.advice { font-weight: 600; overflow-wrap: anywhere; }
.advice .chip { white-space: normal; font-weight: 500; }
.decide { display: flex; gap: 0.5rem; margin-top: 0.5rem; align-self: end; }
.decide button { font: inherit; font-size: 0.875rem; font-weight: 600; color: var(--text); background: var(--card); border: 1px solid var(--strong-line); border-radius: 6px; padding: 0.25rem 0.875rem; cursor: pointer; }

.plots { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 2rem; }
.plot { display: grid; gap: 0.5rem; align-content: start; }
.plot figcaption { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 0.75rem; }
.plot figcaption p { color: var(--soft); font-size: 0.8125rem; }
.canvas { display: flex; }
.canvas .y { flex: none; }
.canvas .area { flex: 1; min-width: 0; display: block; overflow: visible; }
svg text { font-size: 11px; fill: var(--soft); font-variant-numeric: tabular-nums; }
.grid { stroke: var(--line); }
.base { stroke: var(--strong-line); }
.bar.s0 { fill: var(--s0); }
.line { stroke-width: 2; stroke-linecap: round; }
.line.s0 { stroke: var(--s0); } .line.s1 { stroke: var(--s1); stroke-dasharray: 6 4; } .line.s2 { stroke: var(--s2); stroke-dasharray: 1 4; }
.dot.s0 { fill: var(--s0); } .dot.s1 { fill: var(--s1); } .dot.s2 { fill: var(--s2); }
.tip { fill: transparent; }
.tip:hover { fill: var(--text); fill-opacity: 0.05; }
.legend { display: flex; flex-wrap: wrap; gap: 0.125rem 1rem; font-size: 0.8125rem; color: var(--soft); min-height: 1.25rem; }
.legend li { display: flex; align-items: center; gap: 0.375rem; }

.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 0.875rem; font-variant-numeric: tabular-nums; }
th, td { text-align: start; padding: 0.4375rem 0.75rem; border-bottom: 1px solid var(--line); vertical-align: baseline; }
th:first-child, td:first-child { padding-inline-start: 0; }
th:last-child, td:last-child { padding-inline-end: 0; }
thead th { color: var(--soft); font-size: 0.75rem; font-weight: 500; white-space: nowrap; border-bottom-color: var(--strong-line); }
tbody th { font-weight: 600; min-width: 7rem; max-width: 20rem; }
tbody td { max-width: 22rem; overflow-wrap: break-word; }
.number { text-align: end; white-space: nowrap; }
td.number a { color: var(--text); }
td.number a:hover, td.number a:focus-visible { color: var(--accent); }
td .n { font-size: 0.75rem; display: inline-block; min-width: 4.25rem; text-align: start; }
.effect { margin-top: 0.375rem; }
.effect th, .effect td { padding-inline: 0 0.5rem; white-space: normal; }
.effect tbody th { font-weight: 500; min-width: 0; }
.effect .n { display: block; min-width: 0; text-align: end; }
time { white-space: nowrap; }
.inline-bar { min-width: 7rem; display: block; }
.reason { overflow-wrap: anywhere; }
td .reason { display: block; min-width: 14rem; }
.column { display: none; }
.pair { white-space: nowrap; }
.table header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 0.75rem; margin-bottom: 0.375rem; }
.table header p { color: var(--soft); font-size: 0.8125rem; }
.csv { margin-inline-start: auto; font-size: 0.8125rem; }
.matrix table { width: auto; border-collapse: separate; border-spacing: 2px; }
.matrix th, .matrix td { border: 0; }
.matrix td { padding: 0; text-align: center; border-radius: 4px; min-width: 6rem; color: var(--soft); }
.matrix td a { display: block; padding: 0.5rem 0.75rem; color: var(--text); font-weight: 600; }
.matrix td small { display: block; font-size: 0.75rem; color: inherit; opacity: 0.85; }
.heat-0 { background: transparent; }
.heat-1 { background: var(--heat1); } .heat-2 { background: var(--heat2); } .heat-3 { background: var(--heat3); }
.matrix .heat-4 { background: var(--heat4); } .matrix .heat-5 { background: var(--heat5); }
.matrix .heat-4 a, .matrix .heat-5 a { color: var(--on-heat); }
.exports a { margin-inline-end: 0.5rem; }

.chip { display: inline-block; border-radius: 4px; padding: 0 0.375rem; font-size: 0.8125rem; line-height: 1.5; font-weight: 500; background: var(--plain-bg); color: var(--text); white-space: nowrap; }
.chip.good { background: var(--good-bg); color: var(--good); }
.chip.bad { background: var(--bad-bg); color: var(--bad); }
.chip.open { background: var(--open-bg); color: var(--open); }
.chips { display: flex; flex-wrap: wrap; gap: 0.375rem; margin-top: 0.5rem; }
.chips li { display: inline-flex; align-items: center; border: 1px solid var(--strong-line); border-radius: 6px; background: var(--card); font-size: 0.875rem; max-width: 100%; }
.chips span { padding: 0.1875rem 0 0.1875rem 0.625rem; overflow-wrap: anywhere; }
.chips a { padding: 0.1875rem 0.625rem; color: var(--soft); }
.pager { display: flex; align-items: center; gap: 1rem; }
.pager a:not(.csv) { border: 1px solid var(--strong-line); border-radius: 6px; padding: 0.3125rem 0.875rem; background: var(--card); color: var(--text); }

.columns { display: grid; grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); gap: 2.5rem; }
.side { display: grid; gap: 2rem; align-content: start; }
.who-caller { --who: var(--caller); } .who-person { --who: var(--person); }
.who-0 { --who: var(--w0); } .who-1 { --who: var(--w1); } .who-2 { --who: var(--w2); } .who-3 { --who: var(--w3); } .who-4 { --who: var(--w4); } .who-5 { --who: var(--w5); }
.line h2 { margin-bottom: 0.5rem; }
svg .who { fill: var(--who); }
svg text.who { font-weight: 600; font-size: 12px; }
svg .tool { fill: var(--soft); } svg .tool.bad { fill: var(--bad); }
.handoff rect { fill: var(--s1); opacity: 0.15; }
.handoff line { stroke: var(--s1); stroke-width: 1.5; }
.transcript { margin-top: 0.5rem; }
.transcript li { display: grid; grid-template-columns: 3.25rem minmax(0, 1fr); gap: 0.75rem; padding: 0.3125rem 0; }
.moment { font: 0.75rem/1.5rem ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace; text-align: end; color: var(--soft); }
.said { min-width: 0; overflow-wrap: anywhere; }
.speech .said { padding-inline-start: 0.875rem; border-inline-start: 3px solid var(--who, var(--line)); }
.speech h3 { font-size: 0.8125rem; color: var(--who, var(--text)); }
.aside, .status { color: var(--soft); font-size: 0.875rem; }
.learned .said, .tool .said { padding-inline-start: 1.0625rem; font-size: 0.875rem; }
.tool code { color: var(--who, var(--text)); }
.turn .said { padding: 0.3125rem 0.875rem; font-size: 0.875rem; border-radius: 6px; background: var(--plain-bg); }
.fact { display: inline-block; max-width: 100%; margin: 0.0625rem 0.125rem 0.0625rem 0; padding: 0 0.5rem; font-size: 0.8125rem; border: 1px solid var(--line); border-radius: 4px; background: var(--card); }
.fact b { font-weight: 500; color: var(--soft); }
.outcome-failed { border-color: var(--bad); } .outcome-worked { border-color: var(--good); }
kbd { padding: 0 0.375rem; font: 0.8125rem ui-monospace, Menlo, Consolas, monospace; letter-spacing: 0.12em; border: 1px solid var(--strong-line); border-radius: 4px; }
summary { cursor: pointer; color: var(--soft); }
pre { margin: 0.375rem 0 0; padding: 0.75rem; font: 0.75rem/1.5 ui-monospace, Menlo, Consolas, monospace; white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid var(--line); border-radius: 6px; background: var(--card); max-height: 24rem; overflow: auto; }
.panel { display: grid; gap: 0.5rem; }
.terms div { display: grid; grid-template-columns: 9.5rem minmax(0, 1fr); gap: 0.75rem; padding: 0.3125rem 0; border-top: 1px solid var(--line); font-size: 0.875rem; }
.terms dt { color: var(--soft); overflow-wrap: anywhere; }
.terms dd { overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.cards { display: grid; gap: 0.75rem; }
.cards > li { border: 1px solid var(--line); border-radius: 8px; background: var(--card); padding: 0.75rem 1rem; display: grid; gap: 0.375rem; }

@media (max-width: 60rem) {
  .tiles { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .plots, .columns { grid-template-columns: minmax(0, 1fr); }
}
@media (max-width: 34rem) {
  .top div { padding: 0 1rem; gap: 1rem; flex-wrap: wrap; }
  .brand { padding-bottom: 0; width: 100%; }
  .zone { display: none; }
  main { padding: 1.25rem 1rem 3rem; gap: 1.5rem; }
  h1 { font-size: 1.375rem; }
  .tile { padding: 0.75rem 0.875rem; }
  .tile .big { font-size: 1.5rem; }
  .few-tiles .tile:last-child { grid-column: 1 / -1; }
  .tile li { grid-template-columns: minmax(3.5rem, max-content) minmax(0, 1fr); }
  .minor { display: none; }
  .as-cards, .as-cards tbody { display: block; }
  .as-cards thead { display: none; }
  .as-cards tr { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 0.25rem 1rem; padding: 0.625rem 0; border-bottom: 1px solid var(--line); }
  .as-cards th, .as-cards td { display: block; border: 0; padding: 0; max-width: none; text-align: start; white-space: normal; }
  .as-cards td.minor { display: none; }
  .as-cards th, .as-cards td:has(.reason), .as-cards td:has(.pair) { grid-column: 1 / -1; }
  .as-cards .reason { min-width: 0; }
  .column { display: inline-block; margin-inline-end: 0.5rem; font-size: 0.75rem; color: var(--soft); }
  .period label { flex: 1 1 40%; min-width: 0; display: grid; grid-template-columns: minmax(0, 1fr); }
  .spans { width: 100%; }
  .spans a { flex: 1; text-align: center; }
  .period select { max-width: none; }
  .terms div { grid-template-columns: 8rem minmax(0, 1fr); }
}
@media print {
  .top nav, .period, .pager, .exports, .csv, .skip { display: none; }
  body { background: none; }
  main { padding: 0; max-width: none; }
  .scroll { overflow: visible; }
  section, figure, .tile, tr { break-inside: avoid; }
  a { color: inherit; }
}
`;
