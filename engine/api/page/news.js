// news: arrivals are noticed and do not disturb: a pill that takes no focus, and one polite status
// region that speaks at most every few seconds of all that came since.

import { at, put } from "./dom.js";
import { moneyText, signedText } from "./money.js";

const SPEAK_MS = 2500;
const STAY_MS = 7000;

export class News {
  constructor(look) {
    this.count = 0;
    this.fen = 0;
    this.unsaid = { count: 0, fen: 0 };
    this.words = [];
    at("news-button").addEventListener("click", () => {
      this.hide();
      look();
    });
  }

  // Entries that came live.
  arrived(entries) {
    const fen = entries.reduce((sum, entry) => sum + entry.amount, 0);
    this.count += entries.length;
    this.fen += fen;
    this.unsaid.count += entries.length;
    this.unsaid.fen += fen;
    put(at("news-words"), `${this.count} 条　${signedText(this.fen)}`);
    at("news").hidden = false;
    clearTimeout(this.stay);
    this.stay = setTimeout(() => this.hide(), STAY_MS);
    this.speakSoon();
  }

  // A sentence for the status region.
  say(words) {
    this.words.push(words);
    this.speakSoon();
  }

  speakSoon() {
    this.timer ??= setTimeout(() => this.speak(), SPEAK_MS);
  }

  speak() {
    this.timer = null;
    const { count, fen } = this.unsaid;
    const words = [...this.words];
    if (count > 0) words.push(`新到 ${count} 条，共 ${moneyText(fen)}`);
    this.unsaid = { count: 0, fen: 0 };
    this.words = [];
    put(at("status"), words.join("。"));
  }

  hide() {
    at("news").hidden = true;
    this.count = this.fen = 0;
  }
}
