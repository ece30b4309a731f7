// gate: where a token is asked for: none came, or the one there was is no good any more.

import { at, put } from "./dom.js";
import { claimsOf, forgetToken, keepToken } from "./session.js";

const WORDS = {
  "": "请从商家的应用或小程序进入，或粘贴访问令牌。",
  expired: "登录已过期。请从商家的应用或小程序重新进入，或粘贴新的访问令牌。",
  refused: "访问令牌无效。请从商家的应用或小程序重新进入，或粘贴新的访问令牌。",
  forbidden: "这个访问令牌没有查看此页的权限。",
};

export function listen(accepted) {
  at("gate-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const token = at("gate-token").value;
    if (claimsOf(token) === null) {
      put(at("gate-fault"), "这不是访问令牌：它以 fen1. 开头，由四段组成。");
      at("gate-token").setAttribute("aria-invalid", "true");
      at("gate-token").focus();
      return;
    }
    at("gate-token").value = "";
    keepToken(token);
    accepted(token.trim());
  });
}

// `why`: a key of WORDS.
export function showGate(why) {
  if (why !== "") forgetToken();
  put(at("gate-words"), WORDS[why]);
  put(at("gate-fault"));
  at("gate-token").removeAttribute("aria-invalid");
  at("gate").hidden = false;
}

export function hideGate() {
  at("gate").hidden = true;
}

// Which words a refusal of the server asks for.
export function gateWord(refusal) {
  if (refusal.code === "expired") return "expired";
  return refusal.status === 403 ? "forbidden" : "refused";
}
