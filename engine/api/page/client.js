// client: requests of the API with the token.

// A refusal of the server: `status`, and `code` of its problem document.
export class Refusal extends Error {
  constructor(status, problem) {
    super(problem.detail ?? `HTTP ${status}`);
    this.status = status;
    this.code = problem.code ?? "";
  }
}

// Whether an error says that the token is no good (any more), so that trying again is in vain.
export function isShutOut(error) {
  return error instanceof Refusal && (error.status === 401 || error.status === 403);
}

export class Client {
  constructor(token, claims) {
    this.headers = { Authorization: `Bearer ${token}` };
    this.tenant = `v1/${encodeURIComponent(claims.tenant)}`;
    this.payee = claims.payee;
  }

  async fetch(path, options) {
    const answer = await fetch(path, {
      ...options, headers: { ...this.headers, ...options.headers }, cache: "no-store",
    });
    if (answer.ok) return answer;
    throw new Refusal(answer.status, await answer.json().catch(() => ({})));
  }

  async ask(path, options = {}) { return (await this.fetch(path, options)).json(); }
  async text(path) { return (await this.fetch(path, {})).text(); }

  pathOf(what, payee = this.payee) {
    return `${this.tenant}/payees/${encodeURIComponent(payee)}/${what}`;
  }

  summary(payee) { return this.ask(this.pathOf("summary", payee)); }
  entries(query, payee) { return this.ask(this.pathOf(`entries?${query}`, payee)); }
  ranking() { return this.ask(this.pathOf("ranking")); }
  guides(store) { return this.ask(`${this.tenant}/stores/${encodeURIComponent(store)}/guides`); }
}
