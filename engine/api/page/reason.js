// reason: how one subject's money came about: who, which rule, base × rate, caps, hold, and each
// step, those taken back as negative lines of their own.

import { at, el, money, put } from "./dom.js";
import { moneyText, rateText, signedText } from "./money.js";
import { stateWords } from "./orders.js";
import { partsOf } from "./ledger.js";
import { capWord, causeWord, clockOf, dateOf, dateWord, kindWord, payeeWord, reasonWord, roleWord,
  subjectWord } from "./words.js";

function formula(part) {
  if (part.base === 0 && part.rate === null) return null;
  const first = el("span", {}, el("small", {}, "基数 "), el("span.money", {}, moneyText(part.base)));
  if (part.rate === null)
    return el("p.formula", {}, first, el("small", {}, "按件或按行计佣"));
  const whole = (part.base * part.rate) / 1000000;
  const share = `${Math.round((part.fen / whole) * 1000) / 10}%`;
  return el("p.formula", {}, first,
    el("span", {}, "× ", rateText(part.rate)),
    part.cappedBy !== null ? el("small", {}, "（受上限约束）")
      : Math.floor(whole) === part.fen ? null
        : el("span", {}, "× ", el("small", {}, "分成约 "), share),
    el("span", {}, "= ", money(moneyText(part.fen))));
}

function holdWords(part, today) {
  const open = [...part.dates].filter(([, fen]) => fen !== 0).map(([date]) => date);
  if (open.length === 0) return "无剩余金额";
  if (open.includes(null)) return "提货或签收后起算，日期待定";
  const date = open.sort().at(-1);
  return date > today ? `${dateWord(date)}可提现` : `${dateWord(date)}起可提现`;
}

function fact(name, ...value) {
  return [el("dt", {}, name), el("dd", {}, ...value)];
}

function step(entry, index, entries) {
  const soFar = entries.slice(0, index + 1);
  const left = soFar.some((each) => each.kind === "accrual")
    ? soFar.reduce((base, each) => base + each.base, 0) : null;
  const cause = causeWord(entry, left);
  return el(entry.amount < 0 && entry.kind !== "move" ? "li.back" : "li", {},
    el("b", {}, kindWord(entry)), money(signedText(entry.amount)),
    el("small", {}, `${dateWord(dateOf(entry.earned_at))} ${clockOf(entry.earned_at)}`,
      cause === "" ? null : ` · ${cause}`,
      entry.prior ? " · 补记已关账月份" : null),
    el("small", {}, "第 ", String(entry.seq), " 号分录",
      entry.event === null ? null : [" · 事件 ", el("span.mono", {}, entry.event)]));
}

function part(one, today) {
  const { first } = one;
  return el("article.part.card", {},
    el("div.part-head", {},
      el("h3", {}, first.line === null ? "" : `第 ${first.line} 行 · `, roleWord(first.role)),
      money(signedText(one.fen))),
    formula(one),
    el("dl.facts", {},
      fact("为什么", reasonWord(first.role)),
      one.touch === null ? null : fact("分享记录", el("span.mono", {}, one.touch)),
      first.rule === null || first.rule === undefined ? null : fact("规则", `「${first.rule}」`),
      first.plan === null || first.plan === undefined ? null
        : fact("方案", el("span.mono", {}, first.plan)),
      one.cappedBy === null ? null : fact("封顶", `已达${capWord(one.cappedBy)}`),
      fact("承担方", payeeWord(first.funder)),
      fact("冷静期", holdWords(one, today))),
    el("ol.steps", {}, one.entries.map(step)));
}

export class Reason {
  // `closed` takes the subject that was shown.
  constructor(closed) {
    this.dialog = at("reason");
    this.closed = closed;
    this.subject = null;
    at("reason-close").addEventListener("click", () => this.dialog.close());
    this.dialog.addEventListener("click", (event) => {
      if (event.target === this.dialog) this.dialog.close(); // the backdrop
    });
    this.dialog.addEventListener("close", () => {
      if (this.subject !== null) this.closed(this.subject);
      this.subject = null;
    });
  }

  open(one, today, isWhole) {
    this.show(one, today, isWhole);
    this.dialog.showModal();
    this.dialog.scrollTop = 0;
  }

  // Also while it is open, when entries of it arrive.
  show(one, today, isWhole) {
    this.subject = one.subject;
    const { name, id } = subjectWord(one.subject);
    const [tag, classes, words] = stateWords(one, today);
    put(at("reason-body"),
      el("p.hint", {}, name, " ", el("span.mono", {}, id)),
      el("p.sum", {}, money(moneyText(one.fen)),
        el("span.tag" + (classes === "" ? "" : `.${classes}`), {}, tag)),
      words === "" ? el("p.unlock.unlock-available", {}, one.state === "paid" ? "已从余额中发放"
        : "冷静期已过，随时可以提现")
        : el(`p.unlock.unlock-${one.state === "available" ? "back" : one.state}`, {}, words),
      partsOf(one.entries).map((each) => part(each, today)),
      isWhole ? null : el("p.note", {}, "更早的分录已不在缓存中，完整记录以财务账本为准。"));
  }
}
