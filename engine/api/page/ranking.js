// ranking: the first three of the store and the places around one's own. Shown only to who wants
// it: the choice is kept on this device. Colleagues have a place and no name.

import { at, el, put } from "./dom.js";
import { monthWord, payeeWord } from "./words.js";

const KEY = "fen-ranking";

export class Ranking {
  constructor(client, failed) {
    Object.assign(this, { client, failed });
    at("ranking-leave").addEventListener("click", () => this.choose(false));
    this.show();
  }

  get isIn() { return localStorage.getItem(KEY) === "in"; }

  choose(isIn) {
    if (isIn) localStorage.setItem(KEY, "in");
    else localStorage.removeItem(KEY);
    this.show();
    (isIn ? at("ranking-leave") : at("ranking-join"))?.focus();
  }

  show() {
    at("ranking-leave").hidden = !this.isIn;
    if (this.isIn) {
      this.refresh();
      return;
    }
    put(at("ranking-body"),
      el("p.hint", {}, "想知道自己在门店里排第几？打开后显示前三名和你前后各两名，不显示同事的编号。"),
      el("button.quiet", { type: "button", id: "ranking-join",
        onclick: () => this.choose(true) }, "查看排名"));
  }

  async refresh() {
    if (!this.isIn) return;
    try {
      this.draw(await this.client.ranking());
    } catch (error) {
      this.failed(error);
    }
  }

  draw(ranking) {
    if (ranking.place === null) {
      put(at("ranking-body"), el("p.hint", {}, ranking.store === null ? "你还没有所属门店。"
        : "本月还没有名次，有了第一笔佣金就会出现。"));
      return;
    }
    const places = new Map([...ranking.top, ...ranking.around].map((row) => [row.place, row]));
    const rows = [...places.values()].sort((a, b) => a.place - b.place);
    put(at("ranking-body"),
      el("p.place-own", {}, el("b", {}, `第 ${ranking.place} 名`),
        el("span.hint", {}, `${monthWord(ranking.period)}，门店共 ${ranking.guides} 人`)),
      el("ol.places", {}, rows.map((row, index) => [
        index > 0 && rows[index - 1].place + 1 < row.place
          ? el("li.gap", { "aria-hidden": "true" }, "⋯") : null,
        el(row.is_self ? "li.self" : "li", {}, el("span.no", {}, String(row.place)),
          el("span", {}, row.payee === null ? "同店导购" : payeeWord(row.payee),
            row.is_self ? "（我）" : ""),
          el("span.money", {}, row.amount.text))])));
  }
}
