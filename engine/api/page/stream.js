// stream: the live stream of one payee, read by fetch since EventSource sends no token; opened
// again after each loss, from the last id, so that nothing is missed or doubled. A browser that
// gives an answer only when it is whole (old web views), and one for which the server has no more
// streams, asks for what is new every few seconds.

import { Refusal, isShutOut } from "./client.js";

const WAIT_MS_MIN = 500;
const WAIT_MS_MAX = 15000;
// A comment comes every 15 s; when nothing has come for so long the connection is dead.
const SILENCE_MS_MAX = 40000;
const POLL_MS = 4000;
const POLL_ENTRIES = 200;

// Split a text of server-sent events; calls `take({id, event, data})` and returns what is left.
export function readEvents(text, take) {
  const blocks = text.split("\n\n");
  const rest = blocks.pop();
  for (const block of blocks) {
    const event = { id: "", event: "message", data: "" };
    for (const line of block.split("\n")) {
      const colon = line.indexOf(": ");
      if (colon > 0) event[line.slice(0, colon)] = line.slice(colon + 2);
    }
    if (event.data !== "") take({ ...event, data: JSON.parse(event.data) });
  }
  return rest;
}

const canStream = typeof ReadableStream === "function";

export class Stream {
  // `heard` takes each event; `turned` what the connection is: connecting, live, again (with the
  // milliseconds to wait), offline, out (the token is no good any more).
  constructor(client, heard, turned) {
    Object.assign(this, { client, heard, turned, lastId: "", failures: 0, isOver: false,
      isAsking: !canStream });
    this.lastSeq = null; // of a summary, where entries are asked for
    this.wake = () => {};
    this.online = () => this.wake();
    this.gone = () => this.abort?.abort();
    addEventListener("online", this.online);
    addEventListener("offline", this.gone);
  }

  async run() {
    while (!this.isOver) {
      try {
        this.turned("connecting");
        await (this.isAsking ? this.ask() : this.read());
      } catch (error) {
        if (this.isOver) return;
        // Who has asked until something failed tries a stream again: there may be room by now.
        this.isAsking = !canStream || (!this.isAsking && error.code === "too-many-streams");
        if (canStream) this.lastSeq = null;
        if (isShutOut(error)) {
          this.end("out", error);
          return;
        }
      }
      if (!this.isOver) await this.pause();
    }
  }

  async read() {
    this.abort = new AbortController();
    const headers = this.lastId === "" ? {} : { "Last-Event-ID": this.lastId };
    const answer = await fetch(this.client.pathOf("stream"), {
      headers: { ...this.client.headers, ...headers }, cache: "no-store",
      signal: this.abort.signal,
    });
    if (!answer.ok) throw new Refusal(answer.status, await answer.json().catch(() => ({})));
    const reader = answer.body.getReader();
    const decoder = new TextDecoder();
    let text = "";
    for (;;) {
      const silence = setTimeout(() => this.abort.abort(), SILENCE_MS_MAX);
      const { value, done } = await reader.read().finally(() => clearTimeout(silence));
      if (done || this.isOver) return;
      if (this.failures !== 0 || text === "") this.turned("live");
      this.failures = 0;
      text = readEvents(text + decoder.decode(value, { stream: true }),
        (event) => this.take(event));
    }
  }

  async ask() {
    if (this.lastSeq === null) {
      const summary = await this.client.summary();
      this.lastSeq = summary.seq;
      this.heard({ event: "snapshot", data: summary });
    }
    for (;;) {
      const answer = await this.client.entries(`after=${this.lastSeq}&limit=${POLL_ENTRIES}`);
      if (this.isOver) return;
      this.turned("live");
      this.failures = 0;
      this.lastSeq = Math.max(this.lastSeq, ...answer.entries.map((entry) => entry.seq));
      if (answer.entries.length > 0) this.heard({ event: "entries", data: answer });
      if (!answer.has_more) await this.rest(POLL_MS);
    }
  }

  // Until so long has gone by, or the network is back.
  rest(wait) {
    return new Promise((resolve) => {
      this.wake = resolve;
      setTimeout(resolve, wait);
    });
  }

  take(event) {
    if (event.event === "expired") {
      this.end("out", new Refusal(401, { code: "expired" }));
      return;
    }
    this.heard(event);
    if (event.id !== "") this.lastId = event.id;
  }

  // Twice as long after each failure, but a little at random: not every guide comes back at once.
  async pause() {
    const most = Math.min(WAIT_MS_MAX, WAIT_MS_MIN * 2 ** Math.min(this.failures, 8));
    const wait = most * (0.6 + 0.4 * Math.random());
    this.failures++;
    this.turned(navigator.onLine ? "again" : "offline", wait);
    await this.rest(wait);
  }

  end(state, error) {
    this.isOver = true;
    removeEventListener("online", this.online);
    removeEventListener("offline", this.gone);
    this.abort?.abort();
    this.turned(state, error);
  }
}
