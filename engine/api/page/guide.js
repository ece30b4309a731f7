// guide: the page of a guide: puts stream, summary and lists together.
//
//     token ─► stream ─► ledger ─► list, plot, reason, news
//                 └────► summary asked anew (the server's figures, never sums of ours)

import { Client, Refusal, isShutOut } from "./client.js";
import { at, put } from "./dom.js";
import { showDays } from "./days.js";
import { gateWord, hideGate, listen, showGate } from "./gate.js";
import { Ledger, subjectsOf, sumsByDate } from "./ledger.js";
import { News } from "./news.js";
import { Orders } from "./orders.js";
import { Ranking } from "./ranking.js";
import { Reason } from "./reason.js";
import { claimsOf, takeToken } from "./session.js";
import { showStore } from "./store.js";
import { Stream } from "./stream.js";
import { showSummary } from "./summary.js";
import { clockOf, dateOf, payeeWord, setOffset } from "./words.js";

const PAGE_SIZE = 200;
const PAGE_COUNT_MAX = 6;
const REFRESH_MS = 700;
const BEHIND_MS = 1500;
const RANKING_MS = 10000;
const IDLE_MS = 60000;

const LINK_WORDS = {
  connecting: "连接中", live: "实时", again: "重新连接", offline: "离线", out: "已退出",
  behind: "数据恢复中",
};

class Guide {
  constructor(token, claims) {
    this.client = new Client(token, claims);
    this.claims = claims;
    this.ledger = new Ledger();
    this.summary = null;
    this.isFilled = false;
    this.waiting = []; // live events that came before the first page was read
    this.timers = {};
    this.isLive = false;
  }

  begin() {
    at("who").textContent = payeeWord(this.claims.payee);
    at("own").hidden = false;
    const isManager = this.claims.rights.includes("manager");
    at("views").hidden = !isManager;
    if (!this.hasOwn()) {
      this.link("connecting");
      this.view("store");
      return;
    }
    this.view("own");
    this.ranking = new Ranking(this.client, (error) => this.failed(error));
    this.stream = new Stream(this.client, (event) => this.hear(event),
      (state, detail) => this.link(state, detail));
    this.stream.run();
    this.every(IDLE_MS, () => this.refresh());
    this.every(RANKING_MS, () => this.ranking.refresh());
    const shown = () => { if (!document.hidden) this.refresh(); };
    document.addEventListener("visibilitychange", shown);
    this.stops.push(() => document.removeEventListener("visibilitychange", shown));
  }

  // Whether there is an account of one's own to show; a manager may have none.
  hasOwn() {
    return this.claims.rights.includes("guide");
  }

  every(period, act) {
    const timer = setInterval(() => { if (!document.hidden) act(); }, period);
    this.stops = [...(this.stops ?? []), () => clearInterval(timer)];
  }

  end(why) {
    for (const stop of this.stops ?? []) stop();
    for (const timer of Object.values(this.timers)) clearTimeout(timer);
    if (this.stream !== undefined && !this.stream.isOver) this.stream.end("out");
    reason.dialog.close();
    news.hide();
    for (const id of ["own", "store", "views", "banner"]) at(id).hidden = true;
    showGate(why);
    news.say(at("gate-words").textContent);
    current = null;
  }

  // --- the connection ---

  link(state, detail) {
    this.isLive = state === "live";
    if (state === "out" && detail !== undefined) {
      this.end(gateWord(detail));
    }
    const shown = state === "live" && this.summary?.is_current === false ? "behind" : state;
    if (at("link").dataset.state === shown) return;
    at("link").dataset.state = shown;
    put(at("link-words"), LINK_WORDS[shown]);
    this.banner(shown);
    // Each try to come back passes through "connecting": that it is still lost is no news.
    if (shown === "connecting" || shown === this.said) return;
    this.said = shown;
    news.say(LINK_WORDS[shown]);
  }

  banner(state) {
    const asOf = this.summary === null ? "" : `，以下是 ${clockOf(this.seenAt)} 的数据`;
    const words = {
      offline: `没有网络${asOf}，恢复后会自动补齐`,
      again: `连接断开，正在重新连接${asOf}`,
      behind: `系统正在恢复数据${asOf}，金额不会丢失`,
    }[state];
    if (state === "connecting" && !at("banner").hidden) return; // until it is live again
    at("banner").hidden = words === undefined;
    put(at("banner"), words ?? "");
  }

  failed(error, name = "refresh", again = () => this.refresh()) {
    if (isShutOut(error)) this.end(gateWord(error));
    else this.later(name, BEHIND_MS, again);
  }

  later(name, wait, act) {
    this.timers[name] ??= setTimeout(() => {
      this.timers[name] = null;
      if (current === this) act();
    }, wait);
  }

  // --- what comes ---

  hear(event) {
    if (event.event === "snapshot") {
      this.take(event.data);
      this.fill();
    } else if (event.event === "entries" && !this.isFilled) {
      this.waiting.push(event.data.entries);
    } else if (event.event === "entries") {
      this.arrive(event.data.entries);
    }
  }

  arrive(entries) {
    const added = this.ledger.add(entries);
    if (added.length === 0) return;
    for (const entry of added) orders.mark(entry.subject);
    news.arrived(added.filter((entry) => entry.kind !== "move" || entry.amount !== 0));
    this.later("draw", 120, () => this.draw());
    this.later("refresh", REFRESH_MS, () => this.refresh());
  }

  // Those of the month, backwards, page by page; a second snapshot fills what was missed.
  async fill() {
    this.isFilled = false;
    try {
      await this.readBack();
      this.isFilled = true;
      at("own").setAttribute("aria-busy", "false");
      this.draw();
      for (const entries of this.waiting.splice(0)) this.arrive(entries);
    } catch (error) {
      if (error instanceof Refusal && error.status === 401) this.failed(error);
      else this.later("fill", BEHIND_MS, () => this.fill());
    }
  }

  async readBack() {
    let before = this.summary.seq + 1;
    const known = this.ledger.newest;
    for (let page = 0; page < PAGE_COUNT_MAX && before > 1; page++) {
      const answer = await this.client.entries(`before=${before}&limit=${PAGE_SIZE}`);
      this.ledger.add(answer.entries);
      this.ledger.isCut = answer.is_cut;
      before = Math.min(before, ...answer.entries.map((entry) => entry.seq));
      if (!answer.has_more || before <= known + 1) return;
    }
  }

  async refresh() {
    try {
      this.take(await this.client.summary());
    } catch (error) {
      this.failed(error);
    }
  }

  // While Redis is filled again a summary may know less than we do: what was seen stays.
  take(summary) {
    const isBehind = !summary.is_current || summary.seq < (this.summary?.seq ?? 0);
    if (isBehind && this.summary !== null) {
      this.summary.is_current = false;
      if (this.isLive) this.link("live");
      this.later("refresh", BEHIND_MS, () => this.refresh());
      return;
    }
    setOffset(summary.utc_offset);
    this.summary = summary;
    this.seenAt = Date.now();
    showSummary(summary);
    if (isBehind) this.later("refresh", BEHIND_MS, () => this.refresh());
    if (this.isLive) this.link("live");
    this.later("draw", 120, () => this.draw());
  }

  draw() {
    if (!this.isFilled) return;
    const today = this.summary.today.date;
    const entries = this.ledger.all();
    this.subjects = subjectsOf(entries, today);
    orders.show(this.subjects, today);
    const oldest = entries[0];
    const isComplete = this.ledger.isWhole || entries.length === 0
      || dateOf(oldest.earned_at) < `${today.slice(0, 7)}-01`;
    showDays(sumsByDate(entries, dateOf, today.slice(0, 7)), today, isComplete);
    const open = this.subjects.find((one) => one.subject === reason.subject);
    if (open !== undefined) reason.show(open, today, this.ledger.isWhole);
  }

  explain(subject) {
    const one = this.subjects.find((each) => each.subject === subject);
    if (one !== undefined) reason.open(one, this.summary.today.date, this.ledger.isWhole);
  }

  // --- own account or store ---

  view(name) {
    at("own").hidden = name !== "own";
    at("store").hidden = name !== "store";
    for (const button of at("views").querySelectorAll("button"))
      button.setAttribute("aria-pressed", String(button.dataset.view === name));
    clearInterval(this.storeTimer);
    if (name !== "store") return;
    this.refreshStore();
    this.storeTimer = setInterval(() => this.refreshStore(), RANKING_MS);
    this.stops = [...(this.stops ?? []), () => clearInterval(this.storeTimer)];
  }

  async refreshStore() {
    try {
      showStore(await this.client.guides(this.claims.store), Date.now());
      if (!this.hasOwn()) this.link("live");
    } catch (error) {
      if (!this.hasOwn() && !isShutOut(error)) this.link(navigator.onLine ? "again" : "offline");
      this.failed(error, "store", () => this.refreshStore());
    }
  }
}

let current = null;
const orders = new Orders((subject) => current?.explain(subject));
const reason = new Reason((subject) => orders.focus(subject));
const news = new News(() => scrollTo({ top: 0,
  behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" }));

function enter(token) {
  const claims = token === null ? null : claimsOf(token);
  if (claims === null) {
    showGate(token === null ? "" : "refused");
    put(at("link-words"), "未登录");
    at("link").dataset.state = "out";
    return;
  }
  hideGate();
  current?.end("");
  hideGate();
  current = new Guide(token, claims);
  current.begin();
}

for (const button of at("views").querySelectorAll("button"))
  button.addEventListener("click", () => current?.view(button.dataset.view));
addEventListener("hashchange", () => {
  if (location.hash.includes("token=")) enter(takeToken());
});
listen(enter);
enter(takeToken());
