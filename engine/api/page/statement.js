// statement: a payee's entries with the running balance, to read, to print, and as CSV.

import { Refusal } from "./client.js";
import { at, el, money, put } from "./dom.js";
import { clockOf, dateOf, kindWord, roleWord, setOffset } from "./words.js";

const PAGE_SIZE = 200;
const PAGE_COUNT_MAX = 10;
const COLUMNS = ["seq", "earned_at", "kind", "role", "subject", "line", "rule", "plan", "funder",
  "base", "rate_ppm", "capped_by", "amount", "balance", "period", "available_on", "event"];

// A field that a spreadsheet must not take for a formula, quoted where it has to be.
function csvField(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

// Amounts in yuan with two decimals, times in the shops' time zone. RFC 4180, with a mark by which
// Excel knows UTF-8.
export function csvOf(entries) {
  const cells = (entry) => COLUMNS.map((name) => {
    const value = entry[name];
    if (name === "earned_at") return `${dateOf(value)} ${clockOf(value)}`;
    if (["amount", "balance", "base"].includes(name)) return (value / 100).toFixed(2);
    return csvField(value);
  });
  const rows = [COLUMNS, ...entries.map(cells)].map((row) => row.join(","));
  return `\ufeff${rows.join("\r\n")}\r\n`;
}

function row(entry) {
  return el("tr", {}, el("td", {}, String(entry.seq)),
    el("td", {}, dateOf(entry.earned_at)),
    el("td", {}, `${roleWord(entry.role)} · ${kindWord(entry)}`,
      el("small.mono", {}, entry.subject)),
    el("td", {}, entry.rule ?? "", el("small", {}, entry.plan ?? "")),
    el("td", {}, entry.funder),
    el("td.amount", {}, money(entry.amount_text)),
    el("td.amount", {}, money(entry.balance_text)));
}

// Whether no older entry is missing.
function isWhole(summary, entries) {
  return summary.seq === 0 || entries[0]?.seq === 1;
}

export class Statement {
  constructor(client, failed) {
    Object.assign(this, { client, failed });
  }

  end() {
    put(at("statement"));
  }

  async read(payee) {
    put(at("statement-fault"));
    try {
      const summary = await this.client.summary(payee);
      setOffset(summary.utc_offset);
      const entries = await this.entries(payee, summary.seq);
      this.show(summary, entries);
      put(at("status"), `${payee} 的对账单，${entries.length} 条分录`);
    } catch (error) {
      if (error instanceof Refusal && error.status === 404) {
        const words = "这不是收款方：应为 guide:编号、store:编号 等，或 hq。";
        put(at("statement-fault"), words);
        put(at("status"), words);
      } else this.failed(error);
    }
  }

  // Up to the summary's entry, so that both agree.
  async entries(payee, seq) {
    const entries = [];
    for (let page = 0, before = seq + 1; page < PAGE_COUNT_MAX && before > 1; page++) {
      const answer = await this.client.entries(`before=${before}&limit=${PAGE_SIZE}`, payee);
      entries.push(...answer.entries);
      if (answer.entries.length === 0) break;
      before = answer.entries.at(-1).seq;
    }
    return entries.reverse();
  }

  show(summary, entries) {
    const figures = [["余额", summary.balance], ["可提现", summary.available],
      ["待结算", summary.pending.total], ["已发放", summary.paid]];
    put(at("statement"), el("article.paper.card", {},
      el("div.paper-head", {},
        el("div", {}, el("h3", {}, `对账单 ${summary.payee}`),
          el("p.hint", {}, `${summary.tenant} · ${summary.today.date} · 截至第 ${summary.seq} 号分录`,
            summary.is_current ? "" : " · 数据正在恢复")),
        el("div.actions", {},
          el("button.quiet", { type: "button", id: "print", onclick: () => print() }, "打印"),
          el("button.quiet", { type: "button", id: "csv",
            onclick: () => this.save(summary, entries) }, "下载 CSV"))),
      el("dl.sums", {}, figures.map(([name, amount]) =>
        el("div.card", {}, el("dt", {}, name), el("dd", {}, money(amount.text))))),
      isWhole(summary, entries) ? null : el("p.banner.printed", {},
        `只有最近 ${entries.length} 条；更早的在账本主题 `
        + "fen.ledger.v1 中，可用 fen tail ledger 取出。"),
      entries.length === 0 ? el("p.empty", {}, "没有分录。")
        : el("div.sheet", { tabindex: "0", role: "region", "aria-label": "分录" },
          el("table", {}, el("thead", {}, el("tr", {},
            ["序号", "日期", "事由", "规则", "承担方"].map((name) =>
              el("th", { scope: "col" }, name)),
            ["金额", "余额"].map((name) => el("th.amount", { scope: "col" }, name)))),
          el("tbody", {}, entries.map(row))))));
  }

  save(summary, entries) {
    const part = isWhole(summary, entries) ? "" : `-最近${entries.length}条`;
    const file = new Blob([csvOf(entries)], { type: "text/csv;charset=utf-8" });
    const payee = summary.payee.replace(":", "-");
    const link = el("a", { href: URL.createObjectURL(file),
      download: `${summary.tenant}-${payee}-${summary.today.date}${part}.csv` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }
}
