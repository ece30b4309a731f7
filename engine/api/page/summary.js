// summary: today, this month, pending, available, and why not yet.

import { at, el, money, put } from "./dom.js";
import { dateWord, daysBetween, leftWord, roleWord } from "./words.js";

let shown = "";

function rolesOf(part) {
  return Object.entries(part.by_role).map(([role, amount]) =>
    el("span", {}, `${roleWord(role)} `, el("span.money", {}, amount.text)));
}

function showToday(today) {
  const amount = at("today-amount");
  if (shown !== "" && shown !== today.total.text) {
    amount.classList.remove("bump");
    requestAnimationFrame(() => amount.classList.add("bump"));
  }
  shown = today.total.text;
  put(amount, today.total.text);
  amount.toggleAttribute("data-long", today.total.text.length > 12);
  const roles = rolesOf(today);
  put(at("today-roles"), roles.length > 0 ? roles : "今天还没有佣金，加油",
    today.is_complete ? null : el("span", {}, "（仅含最近一千条）"));
}

function dateRow(date, today) {
  const words = date.available_on === null ? "日期待定" : `${dateWord(date.available_on)} 可提现`;
  const days = date.available_on === null ? 0 : daysBetween(today, date.available_on);
  const under = date.available_on === null ? "等待顾客提货或签收，之后才开始计算冷静期"
    : leftWord(days);
  return el("li", {}, el("span", {}, words), money(date.amount.text), el("small", {}, under));
}

function showWhy(summary) {
  const dates = summary.pending.dates.filter((date) => date.amount.fen !== 0);
  at("why").hidden = dates.length === 0;
  put(at("why-body"),
    el("p", {}, "佣金计入后要过冷静期，期间顾客可能退款；到期自动转为可提现。"),
    el("ul.dates", {}, dates.map((date) => dateRow(date, summary.today.date))));
  const owed = summary.receivable.fen > 0;
  at("owed").hidden = !owed;
  if (owed) put(at("owed"), "退款多于余额，当前欠 ", el("b.money", {}, summary.receivable.text),
    "，之后的佣金会先抵扣这部分。");
}

export function showSummary(summary) {
  showToday(summary.today);
  const parts = [["month", summary.month.total], ["pending", summary.pending.total],
    ["available", summary.available]];
  for (const [name, amount] of parts) {
    put(at(`${name}-amount`), amount.text);
    at(`${name}-amount`).classList.toggle("minus", amount.fen < 0);
  }
  const isLong = parts.some(([, amount]) => amount.text.length > 10);
  at("figures").toggleAttribute("data-long", isLong);
  showWhy(summary);
}
