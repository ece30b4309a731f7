// trace: why an order pays whom what, step by step, as the engine tells it.

import { Refusal, isShutOut } from "./client.js";
import { at, el, put } from "./dom.js";

// Why there is none, by the refusal's code, and what to do.
const FAULTS = {
  "no-such-order": "引擎没有这个订单：请核对订单号。",
  "no-such-path": "这不是订单号。",
  "no-states": "这个进程只读 Redis，不读订单状态；请看运行引擎的进程（fen run）。",
  busy: "正在为别人推算，请稍后再试。",
  "no-trace": "订单状态暂时读不出来，请稍后再试；也可用命令 fen explain 订单号。",
  "too-many-requests": "问得太快，请稍后再试。",
};

// A line of the text: two spaces a level, which a narrow page keeps where the line breaks.
function line(text) {
  const words = text.trimStart();
  return el(words === "" ? "p.gap" : `p.in${Math.min((text.length - words.length) / 2, 3)}`, {},
    words);
}

export class Trace {
  constructor(client, failed) {
    Object.assign(this, { client, failed });
    this.say("");
    put(at("trace"));
  }

  end() {
    this.isOver = true;
    put(at("trace"));
  }

  say(words) {
    put(at("trace-fault"), words);
    if (words !== "") put(at("status"), words);
  }

  async read(order) {
    if (order === "") {
      this.say("请输入订单号。");
      at("order").focus();
      return;
    }
    this.asked = order;
    this.say("");
    put(at("trace"), el("p.empty.card", {}, "正在读取订单状态并逐步推算，通常需要几秒……"));
    put(at("status"), "正在推算");
    try {
      const text = await this.client.text(
        `${this.client.tenant}/orders/${encodeURIComponent(order)}/trace?form=zh`);
      if (!this.isOver && this.asked === order) this.show(order, text);
    } catch (error) {
      if (this.isOver || this.asked !== order) return;
      put(at("trace"));
      if (error instanceof Refusal && !isShutOut(error) && FAULTS[error.code] !== undefined)
        this.say(FAULTS[error.code]);
      else this.failed(error);
    }
  }

  show(order, text) {
    put(at("trace"), el("article.card.trace", { "aria-label": `订单 ${order} 的推算` },
      text.trimEnd().split("\n").map(line)));
    put(at("status"), `订单 ${order} 的推算`);
  }
}
