// letters: the tenant's dead letters: which event was refused, why, and what to do about it.

import { at, el, put } from "./dom.js";
import { CODES, codeTags } from "./events.js";
import { clockOf, dateOf } from "./words.js";

const PAGE_SIZE = 20;

// What mends it; nothing has been counted yet, and the event's id is still free.
const NEXT = {
  TOO_LARGE: "请发送方把事件拆小，再用同一编号重发",
  TOO_DEEP: "请发送方减少嵌套，再用同一编号重发",
  MALFORMED: "请发送方按约定的格式编码，再用同一编号重发",
  UNKNOWN_TYPE: "请发送方核对事件类型，再用同一编号重发",
  UNKNOWN_ENUM: "请发送方核对取值，再用同一编号重发",
  MISSING_FIELD: "请发送方补上缺的字段，再用同一编号重发",
  BAD_ID: "请发送方改正编号或文字，再重发",
  BAD_AMOUNT: "请发送方核对金额与时间，再用同一编号重发",
  BAD_QUANTITY: "请发送方核对数量，再用同一编号重发",
  DUPLICATE_LINE: "请发送方合并重复的行，再用同一编号重发",
  MISROUTED: "请发送方按主题的约定设置分区键，再用同一编号重发",
  FUTURE: "请发送方校准时钟，再用同一编号重发",
  BAD_PLAN: "请改正方案（fen plan check），再重新发布",
  CRASHED: "请把事件交给工程师（fen tail dlq），不要直接重发",
};

const codeWord = (code) => CODES[code] ?? code;

function placeOf(letter) {
  if (letter.topic === null) return "来源不明";
  return `${letter.topic} 分区 ${letter.partition ?? "?"} 偏移 ${letter.offset ?? "?"}`;
}

// Roles are written out: on a phone cells are blocks, which some readers take for no table.
function row(letter) {
  return el("tr", { role: "row" },
    el("td", { role: "cell" }, dateOf(letter.at), el("small", {}, clockOf(letter.at))),
    el("th", { role: "rowheader", scope: "row" },
      el("span.mono", {}, letter.event ?? "编号读不出"),
      el("small.mono", {}, placeOf(letter))),
    el("td", { role: "cell" }, `${codeWord(letter.code)}（${letter.code}）`,
      letter.message === null ? null : el("small", { lang: "en" }, letter.message)),
    el("td", { role: "cell" }, NEXT[letter.code] ?? "请联系工程师"));
}

const COLUMNS = ["时间", "事件与来源", "原因", "怎么办"];

function table(letters) {
  return el("table", { role: "table" },
    el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, COLUMNS.map((name) =>
      el("th", { role: "columnheader", scope: "col" }, name)))),
    el("tbody", { role: "rowgroup" }, letters.map(row)));
}

export class Letters {
  constructor(client, failed) {
    Object.assign(this, { client, failed, letters: [], shown: "" });
    this.next = null; // of the oldest page that was read
    put(at("letters"));
  }

  end() {
    this.isOver = true;
    put(at("letters"));
  }

  ask(more) {
    return this.client.ask(`${this.client.tenant}/dead-letters?limit=${PAGE_SIZE}${more}`);
  }

  // The newest page anew; older ones that were asked for stay.
  async refresh() {
    const answer = await this.ask("");
    const known = new Set(answer.dead_letters.map((letter) => letter.letter));
    const older = this.letters.filter((letter) => !known.has(letter.letter));
    // Where nothing of the page is known there may be more in between: from here on once more.
    const isApart = older.length === this.letters.length;
    if (isApart) this.next = answer.next;
    this.letters = isApart ? answer.dead_letters : [...answer.dead_letters, ...older];
    this.show(answer);
  }

  async more() {
    try {
      const answer = await this.ask(`&before=${this.next}`);
      this.letters = [...this.letters, ...answer.dead_letters];
      this.next = answer.next;
      this.show(answer);
      put(at("status"), `死信，已列出 ${this.letters.length} 条`);
    } catch (error) {
      this.failed(error);
    }
  }

  hint(answer) {
    const words = [];
    if (!answer.is_current) words.push("正在读取，尚不完整");
    if (answer.count > answer.kept) words.push(`只能列出最近 ${answer.kept} 条`);
    if (answer.nobodys > 0) words.push(`另有 ${answer.nobodys} 条看不出属于哪个租户`);
    return words.length === 0 ? null
      : el("p.hint", {}, `${words.join("；")}；全部在主题 fen.dlq.v1 中（fen tail dlq）。`);
  }

  // Drawn only when it differs: somebody may be reading, or be on the button.
  show(answer) {
    const shown = JSON.stringify([this.letters, this.next, { ...answer, dead_letters: null }]);
    if (this.isOver || shown === this.shown) return;
    const hadFocus = document.activeElement?.id === "letters-more";
    this.shown = shown;
    this.draw(answer);
    if (hadFocus) (at("letters-more") ?? at("letters").querySelector(".letters"))?.focus();
  }

  draw(answer) {
    if (answer.count === null) {
      put(at("letters"), el("p.hint", {},
        "这个进程只读 Redis，不读死信；请看运行引擎的进程（fen run）。"));
      return;
    }
    if (answer.count === 0) {
      put(at("letters"), el("div.empty.card", {}, el("strong", {}, "没有死信"),
        answer.is_current ? "没有被拒收的事件。" : "正在读取。"), this.hint(answer));
      return;
    }
    const more = this.next === null ? null
      : el("button.quiet", { type: "button", id: "letters-more", onclick: () => this.more() },
        "更早的");
    put(at("letters"), el("div.codes", {}, codeTags(answer.by_code)),
      el("div.sheet.card.letters", { tabindex: "0", role: "region", "aria-label": "死信明细" },
        table(this.letters)),
      el("div.actions", {}, more), this.hint(answer));
  }
}
