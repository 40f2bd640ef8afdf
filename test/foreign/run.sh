#!/bin/sh
# Runs clients that are not ours against a running demo:
#
#     test/foreign/run.sh data/demo.json
#
# They are fetched at pinned versions into this directory. With the binary in
# WARDBRIDGE (default bin/wardbridge) a client with a key is registered too and
# private_key_jwt tried; the data directory is the one demo.json lies in.
set -eu
demo=$(realpath "${1:?usage: run.sh path/to/demo.json}")
here=$(dirname "$(realpath "$0")")
binary=$(realpath "${WARDBRIDGE:-$here/../../bin/wardbridge}" 2>/dev/null || true)
cd "$here"

[ -d node_modules ] || npm install --no-audit --no-fund --silent
[ -d .venv ] || { python3 -m venv .venv && .venv/bin/pip install --quiet -r requirements.txt; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
key=
if [ -x "$binary" ]; then
    node keys.mjs "$work/private.json" "$work/public.json"
    "$binary" client create "foreign-$$" --all-tenants --jwks "$work/public.json" \
        --data "$(dirname "$demo")" --output json >"$work/client.json"
    node -e 'const fs=require("fs"),[,p,c,o]=process.argv;
        fs.writeFileSync(o,JSON.stringify({client_id:JSON.parse(fs.readFileSync(c)).client_id,jwk:JSON.parse(fs.readFileSync(p))}))' \
        "$work/private.json" "$work/client.json" "$work/key.json"
    key="$work/key.json"
    sleep 1 # a running server learns of it within this time
fi

status=0
node client.mjs "$demo" ${key:+"$key"} || status=1
.venv/bin/python client.py "$demo" || status=1
exit $status
