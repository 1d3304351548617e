/* Who else has this form open: says every while that it is still open, and shows who comes, goes and saves. */
"use strict";
(() => {
  const box = document.querySelector("[data-presence]");
  const form = box?.closest("form");
  if (!form) return;
  const list = box.querySelector("ul");
  const value = (name) => form.elements.namedItem(name)?.value ?? "";
  const here = (more = {}) => new URLSearchParams({ csrf_token: value("csrf_token"), page: value("page"), ...more });
  let timer = 0;
  let banner = null;
  let isAnswering = true;

  /** Shows who is there now, and says who came or went. */
  function show(others) {
    const before = new Map([...list.children].map((line) => [line.dataset.id, line.dataset.name]));
    const now = new Map(others.map(([id, name]) => [String(id), name]));
    for (const [id, name] of now) if (!before.has(id)) house.say(_("%(name)s has opened this as well.", { name }));
    for (const [id, name] of before) if (!now.has(id)) house.say(_("%(name)s has left.", { name }));
    list.replaceChildren(...others.map(([id, name, sentence]) => {
      const line = house.made("li", { textContent: sentence });
      Object.assign(line.dataset, { id, name });
      return line;
    }));
    box.hidden = !others.length;
  }

  /** A sentence that stays; what it is about, `key`, is said once. */
  function tell(key, sentence = "", icon = "") {
    if (banner && banner.dataset.key === key) return;
    banner?.remove();
    banner = null;
    if (!key) return;
    banner = house.made("div", { className: "bo-banner" }, house.icon(icon), house.made("p", { className: "bo-banner__text", textContent: sentence }));
    Object.assign(banner.dataset, { key, tone: "warn" });
    box.after(banner);
    house.say(sentence);
  }

  async function beat() {
    clearTimeout(timer);
    if (document.hidden) return;
    timer = setTimeout(beat, Number(box.dataset.every));
    let response;
    try {
      response = await fetch(box.dataset.presence, {
        method: "POST",
        body: here({ version: value("version") }),
        headers: { "X-Requested-With": "fetch", Accept: "application/json" },
      });
    } catch {
      return; // the server will be there again, or saving says that it is not
    }
    if (response.ok) {
      const { others, saved } = await response.json();
      show(others);
      tell(String(saved?.[0] ?? ""), saved?.[1], "merge");
      isAnswering = true;
    } else if (response.status === 401) {
      show([]);
      tell("ended", _("Your session has ended. Sign in again; what you typed is kept."), "lock");
    } else if ([403, 404].includes(response.status) && isAnswering) {
      isAnswering = false;
      show([]);
      tell("gone", _("It was deleted, or you may not change it any more. What you typed is still here."), "alert");
      clearTimeout(timer);
    }
  }

  document.addEventListener("visibilitychange", beat);
  document.addEventListener("house:signed-in", beat);
  addEventListener("pageshow", (event) => event.persisted && beat());
  addEventListener("pagehide", () => {
    clearTimeout(timer);
    navigator.sendBeacon(box.dataset.presence, here({ left: "1" }));
  });
  timer = setTimeout(beat, Number(box.dataset.every));
})();
