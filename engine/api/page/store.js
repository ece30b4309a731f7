// store: what a store's manager sees of the store's guides this month.

import { at, el, put, svg } from "./dom.js";
import { clockOf, monthWord, payeeWord } from "./words.js";

function share(fen, most) {
  const part = most > 0 ? Math.max(0, Math.min(1, fen / most)) : 0;
  return svg("svg", { class: "share", viewBox: "0 0 100 5", preserveAspectRatio: "none",
    "aria-hidden": "true" }, svg("rect", { class: "all", width: 100, height: 5 }),
  svg("rect", { width: (part * 100).toFixed(2), height: 5 }));
}

function row(guide, most) {
  return el("li", {}, el("span.no", {}, String(guide.place)),
    el("span.strong", {}, payeeWord(guide.payee)),
    el("span.money" + (guide.month.fen < 0 ? ".minus" : ""), {}, guide.month.text),
    guide.balance === undefined ? null : el("span.under", {},
      el("span", {}, "余额 ", el("span.money", {}, guide.balance.text)),
      el("span", {}, "可提现 ", el("span.money", {}, guide.available.text)),
      guide.receivable.fen > 0
        ? el("span.minus", {}, "欠 ", el("span.money", {}, guide.receivable.text)) : null),
    share(guide.month.fen, most));
}

export function showStore(answer, now) {
  const most = Math.max(0, ...answer.guides.map((guide) => guide.month.fen));
  put(at("store-hint"), `${clockOf(now)} 更新`);
  if (answer.guides.length === 0) {
    put(at("store-body"), el("div.empty.card", {}, el("strong", {}, "本月还没有佣金"),
      "门店导购有了佣金就会出现在这里。"));
    return;
  }
  put(at("store-body"),
    el("dl.store-sum.card", {},
      el("div", {}, el("dt", {}, "门店"), el("dd", {}, answer.store)),
      el("div", {}, el("dt", {}, `${monthWord(answer.period)}合计`),
        el("dd.money", {}, answer.total.text)),
      el("div", {}, el("dt", {}, "导购"), el("dd", {}, `${answer.guides.length} 人`))),
    el("ol.guides.card", {}, answer.guides.map((guide) => row(guide, most))));
}
