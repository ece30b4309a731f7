// money: whole fen as the API writes them: ¥12,345.67, negative ones with U+2212 in front.

export function moneyText(fen) {
  const size = Math.abs(fen);
  const yuan = String(Math.floor(size / 100)).replace(/\B(?=(\d{3})+$)/g, ",");
  return `${fen < 0 ? "−" : ""}¥${yuan}.${String(size % 100).padStart(2, "0")}`;
}

// With a plus sign: what came in.
export const signedText = (fen) => (fen > 0 ? "+" : "") + moneyText(fen);

// Without thousands and decimals that say nothing, for labels of a plot.
export function shortText(fen) {
  const yuan = Math.abs(fen) / 100;
  const text = yuan >= 10000 ? `${(yuan / 10000).toFixed(1)}万`
    : yuan >= 100 ? String(Math.round(yuan)) : yuan.toFixed(yuan % 1 === 0 ? 0 : 1);
  return `${fen < 0 ? "−" : ""}¥${text}`;
}

// A rate in parts of a million: 45000 is 4.5%.
export const rateText = (ppm) => `${String(ppm / 10000)}%`;
