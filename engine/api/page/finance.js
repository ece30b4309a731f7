// finance: totals, the balance of events, dead letters, traces of orders, and statements.

import { Client, isShutOut } from "./client.js";
import { at, el, money, put } from "./dom.js";
import { showEvents } from "./events.js";
import { gateWord, hideGate, listen, showGate } from "./gate.js";
import { Letters } from "./letters.js";
import { claimsOf, takeToken } from "./session.js";
import { Statement } from "./statement.js";
import { showPeriods } from "./totals.js";
import { Trace } from "./trace.js";
import { clockOf, setOffset } from "./words.js";

const REFRESH_MS = 15000;
const AGAIN_MS = 3000;

class Finance {
  constructor(token, claims) {
    this.client = new Client(token, claims);
    this.claims = claims;
  }

  begin() {
    at("who").textContent = `${this.claims.tenant} · ${this.claims.payee}`;
    at("finance").hidden = false;
    this.statement = new Statement(this.client, (error) => this.failed(error));
    this.letters = new Letters(this.client, (error) => this.failed(error));
    this.trace = new Trace(this.client, (error) => this.failed(error));
    this.refresh();
  }

  end(why) {
    clearTimeout(this.timer);
    this.isOver = true;
    this.statement?.end();
    this.letters?.end();
    this.trace?.end();
    at("finance").hidden = true;
    this.link("out", "已退出");
    showGate(why);
    put(at("status"), at("gate-words").textContent);
    current = null;
  }

  link(state, words) {
    at("link").dataset.state = state;
    put(at("link-words"), words);
  }

  later(wait) {
    clearTimeout(this.timer);
    if (!this.isOver) this.timer = setTimeout(() => this.refresh(), wait);
  }

  async refresh() {
    if (document.hidden) {
      this.later(REFRESH_MS);
      return;
    }
    try {
      this.show(await this.client.ask(`${this.client.tenant}/totals`));
      await this.letters.refresh();
      this.later(REFRESH_MS);
    } catch (error) {
      this.failed(error);
    }
  }

  failed(error) {
    if (isShutOut(error)) {
      this.end(gateWord(error));
      return;
    }
    this.link("again", "重新连接");
    at("banner").hidden = false;
    const words = "暂时取不到最新数据，正在重试；以下是上一次的数据。";
    put(at("banner"), words);
    if (at("status").textContent !== words) put(at("status"), words);
    this.later(AGAIN_MS);
  }

  show(totals) {
    at("banner").hidden = true;
    this.link("live", "已更新");
    put(at("as-of"), `${clockOf(totals.as_of)} 汇总，共 ${totals.payees} 个收款方`);
    put(at("sums"), ["balance", "payable", "receivable"].map((name, index) =>
      el(index === 0 ? "div.card.main" : "div.card", {},
        el("dt", {}, ["账户余额合计", "应付（余额为正）", "应收（余额为负）"][index]),
        el("dd", {}, index === 0 ? el("span.money", {}, totals[name].text)
          : money(totals[name].text)))));
    showEvents(totals.events);
    showPeriods(totals);
  }
}

let current = null;

function enter(token) {
  const claims = token === null ? null : claimsOf(token);
  if (claims === null || !claims.rights.includes("finance")) {
    showGate(token === null ? "" : claims === null ? "refused" : "forbidden");
    at("link").dataset.state = "out";
    put(at("link-words"), "未登录");
    return;
  }
  current?.end("");
  hideGate();
  setOffset("+08:00"); // a statement says what the server has
  current = new Finance(token, claims);
  current.begin();
}

at("trace-form").addEventListener("submit", (event) => {
  event.preventDefault();
  current?.trace.read(at("order").value.trim());
});
at("statement-form").addEventListener("submit", (event) => {
  event.preventDefault();
  current?.statement.read(at("payee").value.trim());
});
listen(enter);
addEventListener("hashchange", () => {
  if (location.hash.includes("token=")) enter(takeToken());
});
enter(takeToken());
