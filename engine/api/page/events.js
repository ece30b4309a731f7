// events: whether each event read ended in one of its four fates, and what was refused.

import { at, el, put } from "./dom.js";

export const CODES = {
  TOO_LARGE: "太大", TOO_DEEP: "嵌套太深", MALFORMED: "格式错误", UNKNOWN_TYPE: "未知类型",
  UNKNOWN_ENUM: "未知取值", MISSING_FIELD: "缺字段", BAD_ID: "编号不合规", BAD_AMOUNT: "金额不合规",
  BAD_QUANTITY: "数量不合规", DUPLICATE_LINE: "行号重复", MISROUTED: "分区键不符",
  FUTURE: "时间在未来", BAD_PLAN: "方案有误", CRASHED: "引发崩溃",
};

const count = (number) => number.toLocaleString("en-US");

// Each code with its count.
export const codeTags = (byCode) => Object.entries(byCode).map(([code, number]) =>
  el("span.tag", {}, `${CODES[code] ?? code}（${code}）${count(number)}`));

function cell(name, number, sign) {
  return el("div", {}, el("dt", {}, sign === "" ? null
    : el("span", { "aria-hidden": "true" }, `${sign} `), name),
  el("dd", {}, count(number)));
}

export function showEvents(events) {
  if (events === null) {
    put(at("events"), el("p.hint", {},
      "这个进程只读 Redis，不读事件；事件的平衡请看运行引擎的进程（fen run）。"));
    return;
  }
  put(at("events"),
    el("dl.balance.card", {}, cell("读入", events.read, ""), cell("生效", events.applied, "="),
      cell("重复", events.duplicate, "+"), cell("迟到触达", events.late, "+"),
      cell("死信", events.dead, "+")),
    el("p.verdict", {},
      el(events.is_balanced ? "span.tag.tag-available" : "span.tag.tag-back", {},
        events.is_balanced ? "已平" : "不平"),
      events.is_balanced ? ` 每个事件都有着落；已记 ${count(events.entries)} 条分录。`
        : " 读入与去向之和不等，请联系工程师。",
      " 自进程启动起，含全部租户。"),
    Object.keys(events.dead_by_code).length === 0 ? null
      : el("div.codes", {}, el("h3", {}, "死信："), codeTags(events.dead_by_code)));
}
