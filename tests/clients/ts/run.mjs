// One conversation of an official TypeScript client with our server: connect, list, call, read and get everything, leave.
//
//   node run.mjs v1|v2 stdio|http REVISION TARGET
//
// TARGET: the URL of the MCP endpoint, or a JSON array (command and arguments). Standard input: a JSON object, arguments by
// tool. Prints one JSON object a line: connected, tools, call (one per tool), resource, prompt
// (likewise), closed.

import { readFileSync } from "node:fs";

const [sdk, transportName, revision, target] = process.argv.slice(2);
const calls = JSON.parse(readFileSync(0, "utf8"));
const say = (event, fields) => console.log(JSON.stringify({ event, ...fields }));

async function load() {
  if (sdk === "v1") {
    const [{ Client }, { StdioClientTransport }, { StreamableHTTPClientTransport }] = await Promise.all([
      import("@modelcontextprotocol/sdk/client/index.js"),
      import("@modelcontextprotocol/sdk/client/stdio.js"),
      import("@modelcontextprotocol/sdk/client/streamableHttp.js"),
    ]);
    return { Client, StdioClientTransport, StreamableHTTPClientTransport };
  }
  const { Client, StreamableHTTPClientTransport } = await import("@modelcontextprotocol/client");
  const { StdioClientTransport } = await import("@modelcontextprotocol/client/stdio");
  return { Client, StdioClientTransport, StreamableHTTPClientTransport };
}

// v2 takes the revision as an option; v1 always asks for its newest, so its first message is edited on the way out.
function options() {
  if (sdk === "v1") return { capabilities: {} };
  if (revision === "2026-07-28") return { capabilities: {}, versionNegotiation: { mode: { pin: revision } } };
  return { capabilities: {}, versionNegotiation: { mode: "legacy" }, supportedProtocolVersions: [revision] };
}

function askFor(transport) {
  const send = transport.send.bind(transport);
  transport.send = (message, ...rest) => {
    if (message.method === "initialize") message.params.protocolVersion = revision;
    return send(message, ...rest);
  };
}

const { Client, StdioClientTransport, StreamableHTTPClientTransport } = await load();
let agreed;
let transport;
if (transportName === "stdio") {
  const [command, ...args] = JSON.parse(target);
  transport = new StdioClientTransport({ command, args, stderr: "inherit", env: process.env });
} else {
  transport = new StreamableHTTPClientTransport(new URL(target));
}
if (sdk === "v1") askFor(transport);
const before = transport.setProtocolVersion?.bind(transport);
transport.setProtocolVersion = (version) => {
  agreed = version;
  before?.(version);
};

const client = new Client({ name: `official-${sdk}`, version: "1.0.0" }, options());
client.onerror = (error) => say("error", { message: String(error) });
await client.connect(transport);
say("connected", {
  revision: client.getNegotiatedProtocolVersion?.() ?? agreed,
  server: client.getServerVersion(),
  capabilities: client.getServerCapabilities(),
});

const { tools } = await client.listTools();
say("tools", { tools });

// Says what a request brought, or why it brought nothing.
async function answer(event, fields, request) {
  try {
    say(event, { ...fields, result: await request });
  } catch (error) {
    say(event, { ...fields, error: String(error) });
  }
}

for (const [name, args] of Object.entries(calls)) {
  // The client itself checks structuredContent against the outputSchema it was given.
  await answer("call", { tool: name }, client.callTool({ name, arguments: args }));
}
for (const { uri } of (await client.listResources()).resources) {
  await answer("resource", { uri }, client.readResource({ uri }));
}
for (const { name, arguments: rows = [] } of (await client.listPrompts()).prompts) {
  const args = Object.fromEntries(rows.map((row) => [row.name, "localhost"]));
  await answer("prompt", { name }, client.getPrompt({ name, arguments: args }));
}
// Its own standing stream ends with it, which v1 reports as an error.
client.onerror = undefined;
await transport.terminateSession?.();
await client.close();
say("closed", {});
