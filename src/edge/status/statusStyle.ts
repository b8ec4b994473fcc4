/** The style of the status page. It fits a frame of 320 px, and follows the host's colour scheme. */
export const statusStyle = `
:root{color-scheme:light dark;--ink:#1c2430;--soft:#55606e;--line:#d9dee5;--ground:#fff;--good:#1a7f4b;--busy:#1f5fbf;--wait:#8a6500;--bad:#b3261e;--none:#5b6470}
@media (prefers-color-scheme:dark){:root{--ink:#e8ecf1;--soft:#a3adba;--line:#333b46;--ground:#14181e;--good:#4cc38a;--busy:#7fb0ff;--wait:#e0b34a;--bad:#ff8a80;--none:#a3adba}}
*{box-sizing:border-box}
body{margin:0;padding:16px;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
main,footer{max-width:640px;margin:0 auto}
h1{margin:0 0 8px;color:var(--soft);font-size:14px;font-weight:600}
p{margin:0 0 8px}
.now{display:flex;gap:8px;font-size:20px;line-height:28px}
.now::before{content:"";flex:none;width:12px;height:12px;margin-top:8px;border-radius:50%;background:var(--none)}
.good::before{background:var(--good)}
.busy::before{background:var(--busy)}
.wait::before{background:var(--wait)}
.bad::before{background:var(--bad);border-radius:2px}
.note{color:var(--soft);font-size:14px}
a{color:var(--busy)}
a:focus-visible{outline:3px solid var(--busy);outline-offset:2px;border-radius:2px}
@media (prefers-reduced-motion:no-preference){.busy::before{animation:pulse 1.6s ease-in-out infinite}}
@keyframes pulse{50%{opacity:.35}}
`;
