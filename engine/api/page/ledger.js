// ledger: the entries known so far, each once by its number, and what follows from them: sums of
// days, and subjects (an order, a task, ...) with their state.

export class Ledger {
  constructor() {
    this.bySeq = new Map();
    this.isCut = false; // older entries are not in Redis any more
    this.isWhole = false; // the first entry is here
  }

  // Returns those that are new.
  add(entries) {
    const added = entries.filter((entry) => !this.bySeq.has(entry.seq));
    for (const entry of added) this.bySeq.set(entry.seq, entry);
    if (this.bySeq.has(1)) this.isWhole = true;
    return added;
  }

  get newest() { return Math.max(0, ...this.bySeq.keys()); }
  get oldest() { return this.bySeq.size === 0 ? 0 : Math.min(...this.bySeq.keys()); }

  clear() {
    this.bySeq.clear();
    this.isCut = this.isWhole = false;
  }

  all() { return [...this.bySeq.values()].sort((a, b) => a.seq - b.seq); }
}

// Sums by date (of `dateOf`) of a month's entries, payouts apart.
export function sumsByDate(entries, dateOf, period) {
  const sums = new Map();
  for (const entry of entries) {
    const date = dateOf(entry.earned_at);
    if (entry.role !== "payout" && date.startsWith(period))
      sums.set(date, (sums.get(date) ?? 0) + entry.amount);
  }
  return sums;
}

// Negative entries that take nothing back: a pair that moves a sum, and money paid out.
const GIVEN_AGAIN = new Set(["move", "payout"]);

function stateOf(subject, today) {
  const open = [...subject.dates].filter(([, fen]) => fen !== 0).map(([date]) => date);
  if (subject.kind === "payout") return { state: "paid", until: null };
  if (subject.fen === 0 && subject.hasMinus) return { state: "back", until: null };
  if (open.includes(null)) return { state: "waiting", until: null };
  const until = open.filter((date) => date > today).sort().at(-1) ?? null;
  return until === null ? { state: "available", until: null } : { state: "pending", until };
}

// One for each subject, with its entries, their sum, its sums by date, its state and until when.
export function subjectsOf(entries, today) {
  const subjects = new Map();
  for (const entry of entries) {
    let one = subjects.get(entry.subject);
    if (one === undefined) {
      one = { subject: entry.subject, kind: entry.subject.split(":")[0], entries: [], fen: 0,
        dates: new Map(), hasMinus: false, roles: new Set(), earned: entry.earned_at };
      subjects.set(entry.subject, one);
    }
    one.entries.push(entry);
    one.fen += entry.amount;
    one.dates.set(entry.available_on, (one.dates.get(entry.available_on) ?? 0) + entry.amount);
    one.hasMinus ||= entry.amount < 0 && !GIVEN_AGAIN.has(entry.kind);
    one.roles.add(entry.role);
    one.newest = entry.seq;
    one.earned = Math.max(one.earned, entry.earned_at);
  }
  for (const one of subjects.values()) Object.assign(one, stateOf(one, today));
  return [...subjects.values()];
}

// A subject's entries by (line, role, portion, rule, plan): what one rule paid.
export function partsOf(entries) {
  const parts = new Map();
  for (const entry of entries) {
    const key = [entry.line, entry.role, entry.portion, entry.rule, entry.plan].join("\u0000");
    let part = parts.get(key);
    if (part === undefined) {
      part = { first: entry, entries: [], fen: 0, base: 0, rate: null, cappedBy: null,
        dates: new Map(), touch: null };
      parts.set(key, part);
    }
    part.entries.push(entry);
    part.fen += entry.amount;
    part.base += entry.base;
    part.rate = entry.rate_ppm ?? part.rate;
    part.cappedBy = entry.capped_by ?? part.cappedBy;
    part.touch = entry.touch ?? part.touch;
    part.dates.set(entry.available_on, (part.dates.get(entry.available_on) ?? 0) + entry.amount);
  }
  return [...parts.values()];
}
