// orders: the list of what paid, newest first, by day; a tap opens the reason.

import { at, el, money, put } from "./dom.js";
import { moneyText, signedText } from "./money.js";
import { clockOf, dateOf, dateWord, dayWord, daysBetween, leftWord, roleWord, subjectWord }
  from "./words.js";

const PAGE = 40;
const FILTERS = {
  all: () => true,
  pending: (one) => one.state === "pending" || one.state === "waiting",
  available: (one) => one.state === "available",
  back: (one) => one.hasMinus,
};

// Words of a state: tag, its class, and the sentence of when.
export function stateWords(one, today) {
  switch (one.state) {
    case "back": return ["已退回", "tag-back", "佣金已全部冲回"];
    case "waiting": return ["待履约", "tag-waiting", "提货或签收后开始计算冷静期"];
    case "pending": return ["待结算", "tag-pending",
      `${dateWord(one.until)}可提现，${leftWord(daysBetween(today, one.until))}`];
    case "paid": return ["已发放", "", ""];
    default: return one.fen < 0 ? ["待抵扣", "tag-back", "会从之后的佣金中抵扣"]
      : ["可提现", "tag-available", ""];
  }
}

function under(one) {
  const roles = [...one.roles].map(roleWord).join("、");
  return one.kind === "order" ? roles : "";
}

export class Orders {
  constructor(open) {
    this.open = open;
    this.filter = "all";
    this.limit = PAGE;
    this.subjects = [];
    this.fresh = new Set();
    for (const button of at("filters").querySelectorAll("button"))
      button.addEventListener("click", () => this.choose(button.dataset.filter));
    at("orders-more").addEventListener("click", () => {
      this.limit += PAGE;
      this.show(this.subjects, this.today);
    });
  }

  choose(filter) {
    this.filter = filter;
    this.limit = PAGE;
    for (const button of at("filters").querySelectorAll("button"))
      button.setAttribute("aria-pressed", String(button.dataset.filter === filter));
    this.show(this.subjects, this.today);
  }

  // Mark as just arrived, for the next few seconds.
  mark(subject) {
    this.fresh.add(subject);
    setTimeout(() => {
      this.fresh.delete(subject);
      at("orders-list").querySelector(".fresh[data-subject=" + CSS.escape(subject) + "]")
        ?.classList.remove("fresh");
    }, 6000);
  }

  row(one) {
    const { name, id } = subjectWord(one.subject);
    const [tag, classes, words] = stateWords(one, this.today);
    const amount = money(one.kind === "payout" ? moneyText(one.fen) : signedText(one.fen),
      "item-amount");
    const button = el("button.item", { type: "button", "data-subject": one.subject,
      "aria-haspopup": "dialog", onclick: () => this.open(one.subject) },
      el("span.item-name", {}, name, id === "" ? null : el("span.mono", {}, ` ${id}`)), amount,
      el("span.item-under", {}, under(one)),
      el("span.item-time", {}, clockOf(one.earned)),
      el("span.item-state", {}, el("span.tag" + (classes === "" ? "" : `.${classes}`), {}, tag),
        one.hasMinus && one.state !== "back" ? el("span.tag.tag-back", {}, "部分退回") : null,
        this.fresh.has(one.subject) ? el("span.tag.tag-available", {}, "新") : null, words));
    return el(this.fresh.has(one.subject) ? "li.fresh" : "li", { "data-subject": one.subject },
      button);
  }

  day(date, ones) {
    const sum = ones.filter((one) => one.kind !== "payout")
      .reduce((fen, one) => fen + one.fen, 0);
    return [el("h3.day", {}, el("span", {}, dayWord(date, this.today)),
      el("span.money", {}, moneyText(sum))),
    el("ul.items.card", {}, ones.map((one) => this.row(one)))];
  }

  show(subjects, today) {
    this.subjects = subjects;
    this.today = today;
    const chosen = subjects.filter(FILTERS[this.filter])
      .sort((a, b) => b.earned - a.earned || b.newest - a.newest);
    const days = new Map();
    for (const one of chosen.slice(0, this.limit)) {
      const date = dateOf(one.earned);
      days.set(date, [...(days.get(date) ?? []), one]);
    }
    const focused = document.activeElement?.dataset?.subject;
    put(at("orders-hint"), chosen.length === 0 ? "" : `共 ${chosen.length} 笔`);
    put(at("orders-list"), chosen.length === 0 ? this.empty()
      : [...days].map(([date, ones]) => this.day(date, ones)));
    at("orders-more").hidden = chosen.length <= this.limit;
    if (focused !== undefined) this.focus(focused);
  }

  // The list is made anew as entries come: whoever stood at a subject, or comes back from its
  // reason, is put at its new button.
  focus(subject) {
    at("orders-list").querySelector(`button[data-subject="${CSS.escape(subject)}"]`)
      ?.focus({ preventScroll: true });
  }

  empty() {
    const isAll = this.filter === "all";
    return el("div.empty.card", {},
      el("strong", {}, isAll ? "还没有佣金" : "这里暂时没有"),
      isAll ? "分享商品、服务顾客后，佣金几秒内就会出现在这里。" : "换一个筛选看看。");
  }
}
