// A real OpenID Connect provider for the tests: node provider.mjs PORT PEOPLE REDIRECT SIGNED_OUT
//
// PEOPLE is a JSON file with the claims of each person by login; any password is right. Each start
// makes a new signing key. PKCE is required. Prints its issuer when it listens.
import { readFileSync } from "node:fs";
import { exportJWK, generateKeyPair } from "jose";
import Provider from "oidc-provider";

const [port, people, redirect, signedOut] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const { privateKey } = await generateKeyPair("RS256", { extractable: true });
const key = { ...(await exportJWK(privateKey)), kid: `key-${Date.now()}`, alg: "RS256", use: "sig" };

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: "automator",
      client_secret: "secret-of-the-client-0123456789",
      redirect_uris: [redirect],
      post_logout_redirect_uris: [signedOut],
    },
  ],
  jwks: { keys: [key] },
  cookies: { keys: ["a key of the cookies of this provider"] },
  pkce: { required: () => true },
  scopes: ["openid", "email", "groups"],
  claims: { openid: ["sub"], email: ["email", "email_verified"], groups: ["groups"] },
  findAccount: (_context, login) => ({
    accountId: login,
    claims: () => ({ sub: login, ...JSON.parse(readFileSync(people, "utf-8"))[login] }),
  }),
});
const server = provider.listen(Number(port), "127.0.0.1", () => console.log(issuer));
process.on("SIGTERM", () => {
  server.closeAllConnections();
  server.close(() => process.exit(0));
});
