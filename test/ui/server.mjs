// Starts the program, with data of its own on a free loopback port.
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

// A free port below those that the system gives to connections: none of them
// takes it while the program is down to be started again.
function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    const port = () => 20_000 + Math.floor(Math.random() * 12_000);
    probe.on("error", (error) => (error.code === "EADDRINUSE" ? probe.listen(port(), "127.0.0.1") : reject(error)));
    probe.listen(port(), "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

async function ready(base, child, said) {
  const until = Date.now() + 120_000;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the program ended at once:\n${said()}`);
    try {
      const answer = await fetch(`${base}/readyz`);
      if (answer.ok) return;
    } catch {
      // Not listening yet.
    }
    if (Date.now() > until) throw new Error(`the program did not get ready in two minutes:\n${said()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

// startDemo gives the address of a fresh demo, and ways to stop it and to
// start it again with the same data.
export function startDemo(bin) {
  return start(bin, "demo", async () => {});
}

// startServer does so for an installation with nothing in it but what config,
// given the data directory, says for wardbridge.yml.
export function startServer(bin, config) {
  return start(bin, "serve", async (data) => writeFile(join(data, "wardbridge.yml"), await config(data)));
}

// A port that was free may be taken before the program has it: then it begins
// anew with another.
async function start(bin, command, prepare) {
  for (;;) {
    const server = await makeServer(bin, command);
    try {
      await prepare(server.data);
      await server.start();
      return server;
    } catch (error) {
      await server.stop();
      if (!server.output().includes("address already in use")) throw error;
    }
  }
}

async function makeServer(bin, command) {
  const data = await mkdtemp(join(tmpdir(), "wardbridge-ui-"));
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  let child;
  let output = "";

  const run = async () => {
    child = spawn(bin, [command, "--data", data, "--listen", `127.0.0.1:${port}`], { stdio: ["ignore", "pipe", "pipe"] });
    child.on("error", (error) => {
      output += String(error);
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (bytes) => {
        output = (output + bytes).slice(-8000);
      });
    }
    await ready(base, child, () => output);
  };
  const halt = async () => {
    if (child === undefined || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    await ended;
  };
  return {
    base,
    data,
    output: () => output,
    halt,
    start: run,
    async stop() {
      await halt();
      await rm(data, { recursive: true, force: true });
    },
  };
}
