// words: what the ledger's names are called, and its times and dates, in the shops' time zone.

import { moneyText } from "./money.js";

const ROLES = {
  share: "分享", serve: "服务", bind: "绑定", live: "直播", coupon: "券", sale: "开单",
  recruit: "拉新", task: "任务", manager: "店长", sell_store: "成交门店", own_store: "归属门店",
  fulfil_store: "发货门店", franchisee: "加盟商", region: "区域", mall: "商场", brand: "品牌",
  hq: "总部", self: "本人", bonus: "奖励", cap: "封顶", manual: "人工调整", payout: "提现",
};
export const roleWord = (role) => ROLES[role] ?? role;

const REASONS = {
  share: "顾客通过你的分享下单", serve: "你为顾客办理了提货或服务", bind: "顾客是绑定给你的会员",
  live: "顾客在你的直播间下单", coupon: "顾客用了你发的券", sale: "这一单由你开出",
  recruit: "你邀请的顾客完成了注册", task: "你在任务中达到了奖励条件", manager: "你是这家门店的店长",
  bonus: "当月达到了奖励条件", cap: "超出当月上限的部分", manual: "由财务人工调整",
  payout: "提现或发放",
};
export const reasonWord = (role) => REASONS[role] ?? `以「${roleWord(role)}」的身份分得`;

const KINDS = {
  accrual: "计入", reversal: "冲回", adjust: "调增", move: "改期", tier: "阶梯", cap: "封顶",
  bonus: "奖励", task: "任务", recruit: "拉新", manual: "人工调整", payout: "提现",
};

// What one entry did, and why.
export function kindWord(entry) {
  if (entry.kind === "reversal") return "冲回";
  if (entry.amount < 0 && entry.kind !== "payout") return `${KINDS[entry.kind] ?? ""}减少`;
  return KINDS[entry.kind] ?? entry.kind;
}

// What happened, by the type of the event behind an entry.
const EVENTS = {
  "order.placed": "订单改单", "order.paid": "付款", "order.shipped": "发货",
  "order.received": "签收", "order.picked_up": "提货", "order.cancelled": "订单取消",
  "order.refunded": "退款", "order.deadline_moved": "冷静期变更", "touch.shared": "分享记录晚到",
  "customer.registered": "注册信息变更", "customer.registration_voided": "注册作废",
  "customer.bound": "顾客绑定变更", "guide.set": "导购资料变更", "store.set": "门店资料变更",
  "book.transferred": "顾客移交", "period.closed": "月份关账", "task.scored": "任务得分变更",
  "task.closed": "任务结束", "adjustment.posted": "财务调整", "payout.sent": "发放",
  "payout.failed": "发放失败，金额退回", "plan.published": "方案追溯生效",
};
const eventWord = (entry) => EVENTS[entry.event_type] ?? "事实有变";

// Why less than before: what happened, and what stands behind the amount since.
function reversalWord(entry, left) {
  if (entry.base >= 0) return `${eventWord(entry)}：计佣金额没有减少，规则、分成或上限有变`;
  const less = `${eventWord(entry)}：计佣金额减少 ${moneyText(-entry.base)}`;
  if (left === null) return less;
  return left === 0 ? `${less}，全部冲回` : `${less}，余 ${moneyText(left)}`;
}

// The cause of an entry; `left`: the base of its part with it and all before it; null: unknown.
export function causeWord(entry, left) {
  switch (entry.kind) {
    case "reversal": return reversalWord(entry, left);
    case "adjust": return `${eventWord(entry)}，重新计算后增加`;
    case "move": return `${eventWord(entry)}：可提现日期或所属月份变更，金额不变`;
    case "tier": return entry.amount < 0 ? `${eventWord(entry)}：按当月业绩阶梯重算`
      : "按当月业绩阶梯补差";
    case "cap": return "达到当月上限";
    case "payout": return entry.event_type === "payout.failed" ? eventWord(entry)
      : "已发放到你的账户";
    default: return entry.amount < 0 ? `${eventWord(entry)}，重新计算后减少` : "";
  }
}

export function capWord(name) {
  if (name === "cap.line") return "单行封顶";
  if (name === "cap.order") return "单笔封顶";
  return `上限「${name}」`;
}

// "order:O1" → its kind, its id, and both for people.
export function subjectWord(subject) {
  const [kind, ...rest] = subject.split(":");
  const id = rest.join(":");
  const name = {
    order: "订单", customer: "拉新", task: "任务", adjustment: "人工调整", payout: "提现",
    period: "月度结算",
  }[kind] ?? kind;
  return { kind, id: kind === "customer" ? "" : id, name };
}

// --- times: minutes east of UTC, as the summary says -----------------------------------------

let offsetMinutes = 480;

export function setOffset(text) {
  const found = /^([+-])(\d\d):(\d\d)$/.exec(text ?? "");
  if (found === null) return;
  const minutes = Number(found[2]) * 60 + Number(found[3]);
  offsetMinutes = found[1] === "-" ? -minutes : minutes;
}

const local = (ms) => new Date(ms + offsetMinutes * 60000).toISOString();

export const dateOf = (ms) => local(ms).slice(0, 10);
export const clockOf = (ms) => local(ms).slice(11, 16);

export function dateWord(date) {
  return `${Number(date.slice(5, 7))}月${Number(date.slice(8, 10))}日`;
}

export const monthWord = (period) => `${Number(period.slice(5, 7))}月`;

// Whole days from one date to another.
export const daysBetween = (from, to) => Math.round(
  (Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86400000);

export const leftWord = (days) => days === 1 ? "明天" : `还有 ${days} 天`;

export function dayWord(date, today) {
  const days = daysBetween(date, today);
  if (days === 0) return "今天";
  if (days === 1) return "昨天";
  const weekday = "日一二三四五六"[new Date(`${date}T00:00:00Z`).getUTCDay()];
  return `${dateWord(date)} 周${weekday}`;
}

// "guide:G1001" → "G1001".
export const payeeWord = (payee) => payee.startsWith("guide:") ? payee.slice(6) : payee;
