// An OpenID provider to sign in with: discovery, keys, a page where somebody
// chooses who they are, and tokens for codes, with PKCE and a client's secret
// (OpenID Connect Core 1.0 §3.1, RFC 7636). Each realm is an issuer of its own.
// What is asked of it in a wrong way it refuses and remembers in faults.
import { createHash, createSign, generateKeyPairSync, randomBytes } from "node:crypto";
import { createServer } from "node:http";

const b64 = (value) => Buffer.from(value).toString("base64url");
const escapeHTML = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

export async function startProvider({ client, secret, realms }) {
  const signing = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const stranger = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const codes = new Map();
  const provider = {
    base: "",
    faults: [],
    // spoil changes the next token and what the browser brings back, once.
    spoil: undefined,
    down: false,
    issuer: (realm) => `${provider.base}/${realm}`,
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
  const fault = (text) => {
    provider.faults.push(text);
    return { status: 400, json: { error: "invalid_request" } };
  };

  const discovery = (realm) => ({
    json: {
      issuer: provider.issuer(realm),
      authorization_endpoint: `${provider.issuer(realm)}/authorize`,
      token_endpoint: `${provider.issuer(realm)}/token`,
      jwks_uri: `${provider.base}/keys`,
      response_types_supported: ["code"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["RS256"],
      code_challenge_methods_supported: ["S256"],
      token_endpoint_auth_methods_supported: ["client_secret_basic"],
    },
  });

  const keys = () => ({
    json: { keys: [{ ...signing.publicKey.export({ format: "jwk" }), use: "sig", alg: "RS256", kid: "k1" }] },
  });

  // The page where somebody says who they are, or no.
  const choose = (realm, query) => {
    const want = { response_type: "code", client_id: client, code_challenge_method: "S256" };
    for (const [key, value] of Object.entries(want)) {
      if (query.get(key) !== value) return fault(`authorize: ${key} is ${query.get(key)}, want ${value}`);
    }
    for (const key of ["state", "nonce", "code_challenge", "redirect_uri"]) {
      if (!query.get(key)) return fault(`authorize: there is no ${key}`);
    }
    if (!query.get("scope")?.split(" ").includes("openid")) return fault("authorize: openid is not in the scope");
    const answer = (parameters) => {
      const to = new URL(query.get("redirect_uri"));
      for (const [key, value] of Object.entries(parameters)) to.searchParams.set(key, value);
      return escapeHTML(to.toString());
    };
    const state = provider.spoil?.state ?? query.get("state");
    const links = realms[realm].map((who) => {
      const code = randomBytes(16).toString("base64url");
      codes.set(code, { realm, query, who });
      return `<p><a href="${answer({ code, state })}">${escapeHTML(who.label)}</a></p>`;
    });
    return {
      html: `<!doctype html><html lang="en"><title>Provider</title><h1>Who are you?</h1>${links.join("")}
        <p><a href="${answer({ error: "access_denied", state })}">Nobody</a></p></html>`,
    };
  };

  const idToken = (realm, claims, key) => {
    const head = b64(JSON.stringify({ alg: "RS256", typ: "JWT", kid: "k1" }));
    const body = b64(JSON.stringify(claims));
    return `${head}.${body}.${createSign("RSA-SHA256").update(`${head}.${body}`).sign(key).toString("base64url")}`;
  };

  const token = (realm, form, authorization) => {
    const basic = Buffer.from((authorization ?? "").replace(/^Basic /, ""), "base64").toString();
    const [id, password] = basic.split(":").map((part) => decodeURIComponent(part.replaceAll("+", " ")));
    if (id !== client || password !== secret) return fault("token: not the client");
    const code = codes.get(form.get("code"));
    codes.delete(form.get("code"));
    if (code === undefined || code.realm !== realm) return fault("token: not a code of this issuer");
    if (form.get("redirect_uri") !== code.query.get("redirect_uri")) return fault("token: another redirect_uri");
    const challenge = createHash("sha256").update(form.get("code_verifier") ?? "").digest("base64url");
    if (challenge !== code.query.get("code_challenge")) return fault("token: the verifier does not fit");
    const { state: _, stranger: signedByStranger, ...spoilt } = provider.spoil ?? {};
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: provider.issuer(realm),
      aud: client,
      nonce: code.query.get("nonce"),
      iat: now,
      exp: now + 300,
      ...code.who.claims,
      ...spoilt,
    };
    const { privateKey } = signedByStranger ? stranger : signing;
    return { json: { access_token: "unused", token_type: "Bearer", id_token: idToken(realm, claims, privateKey) } };
  };

  async function answer(request) {
    if (provider.down) return { status: 503, json: {} };
    const url = new URL(request.url, provider.base);
    const [, realm, ...rest] = url.pathname.split("/");
    if (url.pathname === "/favicon.ico") return { status: 404, json: {} };
    if (url.pathname === "/keys") return keys();
    if (realms[realm] === undefined) return fault(`there is no ${url.pathname}`);
    switch (`${request.method} ${rest.join("/")}`) {
      case "GET .well-known/openid-configuration":
        return discovery(realm);
      case "GET authorize":
        return choose(realm, url.searchParams);
      case "POST token": {
        let body = "";
        for await (const bytes of request) body += bytes;
        return token(realm, new URLSearchParams(body), request.headers.authorization);
      }
    }
    return fault(`${request.method} ${url.pathname} is not for anyone`);
  }

  const server = createServer(async (request, response) => {
    const { status = 200, html, json } = await answer(request);
    response.writeHead(status, { "Content-Type": html ? "text/html; charset=utf-8" : "application/json" });
    response.end(html ?? JSON.stringify(json));
  });
  await new Promise((resolve, reject) => {
    server.on("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  server.unref();
  provider.base = `http://127.0.0.1:${server.address().port}`;
  return provider;
}
