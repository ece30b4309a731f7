// days: a small plot of the month's days; each day is in a table besides, for those who hear it.

import { at, el, put, svg } from "./dom.js";
import { moneyText, shortText } from "./money.js";
import { dateWord, monthWord } from "./words.js";

const WIDTH = 340;
const HEIGHT = 112;
const TOP = 18;
const FOOT = 18;

function bar(index, count, fen, scale, zero, classes) {
  const step = WIDTH / count;
  const size = Math.max(Math.abs(fen) * scale, fen === 0 ? 1 : 2);
  return svg("rect", {
    class: classes, x: (index * step + step * 0.16).toFixed(2), width: (step * 0.68).toFixed(2),
    y: (fen < 0 ? zero : zero - size).toFixed(2), height: size.toFixed(2), rx: 2,
  });
}

function label(index, count, y, text, classes) {
  const x = ((index + 0.5) * WIDTH) / count;
  const anchor = index < 2 ? "start" : index > count - 3 ? "end" : "middle";
  return svg("text", { x: x.toFixed(1), y, "text-anchor": anchor, class: classes ?? "" }, text);
}

function plot(days, today) {
  const values = days.map(({ fen }) => fen);
  const most = Math.max(0, ...values);
  const least = Math.min(0, ...values);
  const scale = (HEIGHT - TOP - FOOT) / Math.max(1, most - least);
  const zero = TOP + most * scale;
  const best = most > 0 ? values.indexOf(most) : -1;
  const bars = days.map(({ date, fen }, index) => bar(index, days.length, fen, scale, zero,
    `${fen > 0 ? "bar-plus" : fen < 0 ? "bar-minus" : "bar-none"}${
      date === today || index === best ? " bar-today" : ""}`));
  const ticks = [0, 9, 19, days.length - 1].map((index) =>
    label(index, days.length, HEIGHT - 3, `${index + 1}日`));
  return svg("svg", { class: "plot", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true" },
    bars, svg("line", { class: "axis", x1: 0, x2: WIDTH, y1: zero, y2: zero }), ticks,
    best < 0 ? null : label(best, days.length, zero - most * scale - 5, shortText(most), "best"));
}

function table(days) {
  return el("table.unseen", {}, el("caption", {}, "本月每日佣金"),
    el("tbody", {}, days.map(({ date, fen }) =>
      el("tr", {}, el("th", { scope: "row" }, dateWord(date)), el("td", {}, moneyText(fen))))));
}

// `sums`: fen by date; `today`: "2026-11-22".
export function showDays(sums, today, isComplete) {
  const period = today.slice(0, 7);
  const count = new Date(Date.UTC(Number(today.slice(0, 4)), Number(today.slice(5, 7)), 0))
    .getUTCDate();
  const days = Array.from({ length: count }, (_, index) => {
    const date = `${period}-${String(index + 1).padStart(2, "0")}`;
    return { date, fen: sums.get(date) ?? 0 };
  });
  const busy = days.filter(({ fen }) => fen !== 0).length;
  put(at("days-hint"), isComplete ? `${monthWord(period)}有 ${busy} 天有佣金`
    : "只显示最近一千条分录");
  put(at("days-plot"), plot(days, today), table(days.filter(({ fen }) => fen !== 0)));
}
