/** The looks of the person's page: a telephone first, then a desk; light and dark. No `<`, no `&`: it stands in the page as it is. */
export const screenStyle = `
:root {
  color-scheme: light dark;
  --page: #f3f5f8; --card: #ffffff; --line: #d7dde5; --text: #12171e; --soft: #4b5666;
  --accent: #0a55c8; --on-accent: #ffffff;
  --good: #11612b; --good-bg: #e2f4e7; --bad: #a1160f; --bad-bg: #fde8e6; --open: #744100; --open-bg: #fdf0d8; --plain-bg: #e9edf2;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0e1115; --card: #171c23; --line: #323b47; --text: #e9edf2; --soft: #aab5c3;
    --accent: #9cc3ff; --on-accent: #071a36;
    --good: #8fdca7; --good-bg: #12321d; --bad: #ffb3ac; --bad-bg: #46150f; --open: #ffcb80; --open-bg: #3b2703; --plain-bg: #28303a;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-behavior: auto; }
body { margin: 0; background: var(--page); color: var(--text); font: 1rem/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif; overflow-wrap: anywhere; padding-bottom: 4.5rem; }
h1, h2, p, ul, ol, dl, dd, fieldset { margin: 0; padding: 0; }
ul, ol { list-style: none; }
h1 { font-size: 1.75rem; line-height: 1.2; letter-spacing: -0.01em; }
h2 { font-size: 0.8125rem; line-height: 1.4; font-weight: 700; text-transform: uppercase; letter-spacing: 0.06em; color: var(--soft); margin-bottom: 0.5rem; }
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }

.status { position: sticky; top: 0; z-index: 1; display: flex; align-items: center; justify-content: space-between; gap: 1rem; padding: 0.5rem 1rem; font-size: 0.9375rem; border-bottom: 1px solid var(--line); }
.status p { display: flex; flex-wrap: wrap; column-gap: 0.5rem; line-height: 1.35; }
.status a { flex: none; color: inherit; padding: 0.625rem 0; }
.status.waiting { background: var(--open-bg); color: var(--open); }
.status.talking { background: var(--good-bg); color: var(--good); }
.status.over { background: var(--plain-bg); color: var(--text); }

main { max-width: 72rem; margin: 0 auto; padding: 0.75rem; display: grid; gap: 0.75rem; grid-template-columns: minmax(0, 1fr); }
.known { display: grid; gap: 0.75rem; grid-template-columns: minmax(0, 1fr); align-content: start; }
section, form, .notice { background: var(--card); border: 1px solid var(--line); border-radius: 0.75rem; padding: 1rem; overflow: clip; }

.answer { border-radius: 0.75rem; padding: 0.75rem 1rem; font-weight: 600; background: var(--good-bg); color: var(--good); }
.answer.over { background: var(--open-bg); color: var(--open); }

.glance { display: grid; gap: 0.625rem; justify-items: start; }
.glance h2 { margin: 0.25rem 0 0; }
.eyebrow { color: var(--soft); font-size: 0.9375rem; }
.eyebrow + h1 { margin-top: -0.375rem; }
.about { display: flex; flex-wrap: wrap; column-gap: 0.5rem; margin-top: -0.375rem; color: var(--soft); }
.about li + li::before { content: '·'; margin-inline-end: 0.5rem; }
.reason { font-size: 1.1875rem; line-height: 1.4; font-weight: 600; border-inline-start: 4px solid var(--accent); padding-inline-start: 0.75rem; white-space: pre-line; }
.signs { display: flex; flex-wrap: wrap; gap: 0.375rem 1.25rem; }
.signs div { display: flex; align-items: center; gap: 0.5rem; }
.signs dt { flex: none; color: var(--soft); }
.signs dd { font-weight: 600; }

.chip { display: inline-block; border-radius: 0.75rem; padding: 0.0625rem 0.625rem; font-size: 0.8125rem; line-height: 1.5; font-weight: 600; background: var(--plain-bg); color: var(--text); }
.chip.good { background: var(--good-bg); color: var(--good); }
.chip.bad { background: var(--bad-bg); color: var(--bad); }
.chip.open { background: var(--open-bg); color: var(--open); }
.signs .chip { font-size: 1rem; }

.attempts { display: grid; gap: 0.375rem; width: 100%; }
.attempts li { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 0.625rem; align-items: baseline; }
.hint, .source, .when { color: var(--soft); font-size: 0.875rem; }
.when { font-variant-numeric: tabular-nums; white-space: nowrap; }

.facts { display: grid; }
.facts div { padding: 0.625rem 0; border-top: 1px solid var(--line); }
.facts div:first-child { border-top: 0; padding-top: 0; }
.facts dt, .fields dt { color: var(--soft); font-size: 0.875rem; }
.facts dd { font-weight: 600; }
.source { font-weight: 400; margin-top: 0.125rem; }

.tools li { padding: 0.75rem 0; border-top: 1px solid var(--line); }
.tools li:first-child { border-top: 0; padding-top: 0; }
.row { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0.25rem 0.5rem; }
.row .when { margin-inline-start: auto; }
.fields { display: grid; gap: 0.375rem 1rem; grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr)); margin-top: 0.375rem; }
details { margin-top: 0.25rem; }
summary { cursor: pointer; color: var(--accent); padding: 0.5rem 0; }
pre { margin: 0.25rem 0 0; padding: 0.75rem; border-radius: 0.5rem; background: var(--page); font: 0.8125rem/1.5 ui-monospace, Menlo, Consolas, monospace; font-weight: 400; white-space: pre-wrap; overflow-wrap: anywhere; max-height: 24rem; overflow-y: auto; }

.talk { display: grid; gap: 0.75rem; margin-top: 0.25rem; }
.talk li { border-radius: 0.75rem; padding: 0.5rem 0.75rem; background: var(--page); max-width: 40rem; overflow: clip; }
.talk .caller { background: var(--plain-bg); border-inline-start: 4px solid var(--accent); }
.talk .assistant { margin-inline-start: 1.25rem; }
.talk .handoff { background: none; padding: 0; color: var(--soft); font-size: 0.875rem; text-align: center; max-width: none; }
.talk p { white-space: pre-line; }
.talk .who { font-size: 0.875rem; }
.agent { font-weight: 400; color: var(--soft); }
.unheard { color: var(--soft); font-size: 0.9375rem; border-inline-start: 2px dashed var(--line); padding-inline-start: 0.5rem; margin-top: 0.25rem; }

form { display: grid; gap: 0.625rem; scroll-margin-top: 3.5rem; }
form h2 { margin: 0; }
form label, legend { font-weight: 600; }
textarea { width: 100%; min-height: 8rem; resize: vertical; padding: 0.75rem; border: 1px solid var(--soft); border-radius: 0.5rem; background: var(--page); color: var(--text); font: inherit; }
fieldset { border: 0; display: grid; gap: 0.375rem; }
legend { padding: 0; margin-bottom: 0.375rem; }
.choice { display: flex; align-items: center; gap: 0.5rem; min-height: 3rem; padding: 0.25rem 0.75rem; border: 1px solid var(--soft); border-radius: 0.5rem; line-height: 1.25; cursor: pointer; }
.choice:has(:checked) { border-color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent); }
.choice:focus-within:has(:focus-visible) { outline: 3px solid var(--accent); outline-offset: 2px; }
input { accent-color: var(--accent); width: 1.125rem; height: 1.125rem; margin: 0; flex: none; }
.buttons { display: grid; gap: 0.625rem; }
button { width: 100%; min-height: 3rem; padding: 0.5rem; border: 1px solid var(--accent); border-radius: 0.5rem; background: var(--card); color: var(--accent); font: inherit; font-weight: 600; cursor: pointer; }
button.primary { background: var(--accent); color: var(--on-accent); }
button.danger { background: var(--bad-bg); color: var(--bad); border-color: var(--bad); margin-top: 0.5rem; }
.end { margin: 0; }
.end summary { color: var(--bad); text-align: center; min-height: 3rem; padding: 0.75rem; list-style: none; }
.end summary::-webkit-details-marker { display: none; }

.jump { position: fixed; inset: auto 0 0; padding: 0.5rem 0.75rem calc(0.5rem + env(safe-area-inset-bottom)); background: var(--card); border-top: 1px solid var(--line); }
.jump a { display: block; text-align: center; padding: 0.625rem; border-radius: 0.5rem; font-weight: 600; text-decoration: none; border: 1px solid var(--accent); }
.notice { max-width: 34rem; margin: 1rem auto; width: calc(100% - 1.5rem); }
.notice form { border: 0; padding: 0.5rem 0 0; }

@media (min-width: 60rem) {
  body { padding-bottom: 0; }
  .jump { display: none; }
  main { padding: 1.25rem; gap: 1.25rem; grid-template-columns: minmax(0, 1fr) 23rem; align-items: start; }
  main.notice { grid-template-columns: minmax(0, 1fr); }
  .answer { grid-column: 1; }
  .glance { grid-column: 1; padding: 1.25rem; }
  .known { grid-column: 1; gap: 1.25rem; }
  .word { grid-column: 2; grid-row: 1 / span 3; position: sticky; top: 4rem; }
  .reason { font-size: 1.3125rem; }
  .facts { grid-template-columns: repeat(2, minmax(0, 1fr)); column-gap: 1.5rem; }
  .facts div:nth-child(2) { border-top: 0; padding-top: 0; }
  section, form { padding: 1.25rem; }
}
@media print { .status a, .jump, .word { display: none; } }
`;
