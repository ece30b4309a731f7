// totals: by role, funder and store, of one period.

import { at, el, money, put, svg } from "./dom.js";
import { moneyText } from "./money.js";
import { roleWord } from "./words.js";

let chosen = null;
let shown = null;

function row(name, one, most) {
  const part = most > 0 ? Math.max(0, one.amount.fen / most) * 100 : 0;
  return el("tr", {}, el("th", { scope: "row" }, name,
    svg("svg", { class: "part", viewBox: "0 0 100 4", preserveAspectRatio: "none",
      "aria-hidden": "true" }, svg("rect", { width: part.toFixed(2), height: 4 }))),
  el("td.amount", {}, money(one.amount.text)));
}

function table(title, column, rows, nameOf) {
  const ones = rows.filter((one) => one.period === chosen);
  const most = Math.max(0, ...ones.map((one) => one.amount.fen));
  const sum = ones.reduce((fen, one) => fen + one.amount.fen, 0);
  return el("div.sheet.card", {}, el("table", {}, el("caption", {}, title),
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, column),
      el("th.amount", { scope: "col" }, "金额"))),
    el("tbody", {}, ones.map((one) => row(nameOf(one), one, most))),
    el("tfoot", {}, el("tr", {}, el("th", { scope: "row" }, "合计"),
      el("td.amount", {}, money(moneyText(sum)))))));
}

function draw() {
  put(at("totals"),
    table("按角色", "角色", shown.by_role, (one) => roleWord(one.role)),
    table("按承担方", "承担方", shown.by_funder, (one) => one.funder),
    table("按门店（导购所得）", "门店", shown.by_store, (one) => one.store));
}

export function showPeriods(totals) {
  shown = totals;
  const periods = [...new Set(totals.by_role.map((one) => one.period))].sort().reverse();
  if (!periods.includes(chosen)) chosen = periods[0] ?? null;
  const select = at("period");
  if (select.dataset.periods !== periods.join()) { // made anew only when it differs: it may be open
    select.dataset.periods = periods.join();
    put(select, periods.map((period) => el("option", { value: period }, period)));
    select.value = chosen;
    select.onchange = () => {
      chosen = select.value;
      draw();
    };
  }
  if (chosen === null)
    put(at("totals"), el("div.empty.card", {}, el("strong", {}, "还没有分录"), "有了就会出现在这里。"));
  else draw();
}
