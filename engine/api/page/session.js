// session: the token and what it says. It comes in the fragment, which no browser sends to a
// server, or is pasted; it is kept for this tab alone.

const KEY = "fen-token";

function decode(text) {
  const bytes = Uint8Array.from(
    atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes));
}

// The claims of a token, unverified: the server decides, this only tells where to ask. Null: it
// is no token.
export function claimsOf(token) {
  const parts = token.trim().split(".");
  if (parts.length !== 4 || parts[0] !== "fen1") return null;
  try {
    const claims = decode(parts[2]);
    const rights = Array.isArray(claims.rights) ? claims.rights : String(claims.rights).split(",");
    return typeof claims.payee === "string" ? { ...claims, rights } : null;
  } catch {
    return null;
  }
}

export function keepToken(token) {
  sessionStorage.setItem(KEY, token.trim());
}

export function forgetToken() {
  sessionStorage.removeItem(KEY);
}

// The token of the fragment, taken out of the address bar and the history; else the kept one.
export function takeToken() {
  const found = /[#&]token=([^&]+)/.exec(location.hash);
  if (found !== null) {
    history.replaceState(null, "", location.pathname + location.search);
    keepToken(decodeURIComponent(found[1]));
  }
  return sessionStorage.getItem(KEY);
}
