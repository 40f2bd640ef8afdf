// Makes a key pair: the private JWK to the first file, the public set to the second.
import { writeFileSync } from 'node:fs';

const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-384' }, true, ['sign', 'verify']);
const meta = { kid: 'foreign-1', alg: 'ES384', use: 'sig' };
const { key_ops: _a, ext: _b, ...jwk } = await crypto.subtle.exportKey('jwk', pair.privateKey);
const { key_ops: _c, ext: _d, ...pub } = await crypto.subtle.exportKey('jwk', pair.publicKey);
writeFileSync(process.argv[2], JSON.stringify({ ...jwk, ...meta }), { mode: 0o600 });
writeFileSync(process.argv[3], JSON.stringify({ keys: [{ ...pub, ...meta }] }));
