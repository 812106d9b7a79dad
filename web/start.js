/* The start page: the address of this server in the examples, and its health, asked for every ten seconds. */
"use strict";

const words = document.body.dataset;

for (const place of document.querySelectorAll(".mcp-url"))
  place.textContent = new URL("mcp", document.baseURI).href;

function lasting(seconds) {
  const days = Math.floor(seconds / 86400);
  const clock = [Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60];
  return (days ? `${days} ${words.days} ` : "") + clock.map((part) => String(part).padStart(2, "0")).join(":");
}

/* What changes all the time stands outside the status, which a screen reader reads out when it changes. */
function show(status, version, uptime, parts) {
  const box = document.querySelector(".health");
  const word = box.querySelector("strong");
  const said = words[status] ?? status;
  box.dataset.status = status;
  if (word.textContent !== said)
    word.textContent = said;
  document.getElementById("version").textContent = version;
  document.getElementById("uptime").textContent = uptime;
  document.getElementById("parts").replaceChildren(...parts.map(([name, part]) => {
    const line = document.createElement("li");
    line.textContent = `${name}: ${words[part.status] ?? part.status}. ${part.reason ?? ""}`;
    return line;
  }));
}

async function look() {
  try {
    const answer = await fetch("health", { cache: "no-store" });
    const health = await answer.json();
    const parts = Object.entries(health.components ?? {}).filter(([, part]) => part.status !== "ok");
    show(health.status, health.version, lasting(health.uptime_s), parts);
  } catch {
    show("silent", "", "", []);
  }
}

look();
setInterval(look, 10000);
