/* Who else is here: says every while which entry is open, shows who has which, and tells when somebody saved the same. */
"use strict";
(() => {
  if (!window.house?.i18n) return;
  const { form, root } = house.i18n;
  const box = () => root().querySelector("[data-attending]");
  const value = (name) => form()?.elements.namedItem(name)?.value ?? "";
  const here = (more = {}) => new URLSearchParams({ csrf_token: value("csrf_token"), page: value("page"), base: value("base"), ...more });
  let timer = 0;
  let open = ""; // where the entry says that it is open
  let page = "";
  let isOut = false;

  function show({ others, changed, open: taken, elsewhere }) {
    const list = box().querySelector("ul");
    const before = new Map([...list.children].map((line) => [line.dataset.id, line.dataset.name]));
    for (const [id, name] of others) if (!before.has(String(id))) house.say(_("%(name)s has opened this as well.", { name }));
    list.replaceChildren(...others.map(([id, name, sentence]) => {
      const line = house.made("li", { textContent: sentence });
      Object.assign(line.dataset, { id, name });
      return line;
    }));
    box().hidden = !others.length;
    for (const row of root().querySelectorAll("[data-list] > li")) {
      const who = taken[row.dataset.id];
      const told = row.querySelector("[data-who]");
      if (!who) told?.remove();
      else if (told) told.lastChild.textContent = who;
      else row.querySelector("small").append(house.made("em", { "data-who": "" }, " ", house.icon("eye"), who));
    }
    const chip = root().querySelector("[data-elsewhere]");
    if (chip) {
      chip.hidden = !elsewhere;
      chip.lastElementChild.textContent = elsewhere;
    }
    warn(changed);
  }

  /** A sentence that stays until the entry is opened anew. */
  function warn(sentence) {
    const told = root().querySelector("[data-changed]");
    if (!sentence) {
      told?.remove();
      return;
    }
    if (told?.textContent === sentence) return;
    told?.remove();
    const banner = house.made("div", { className: "bo-banner", "data-changed": "" }, house.icon("merge"), house.made("p", { className: "bo-banner__text", textContent: sentence }));
    banner.dataset.tone = "warn";
    box().after(banner);
    house.say(sentence);
  }

  async function beat() {
    clearTimeout(timer);
    if (document.hidden || !box()) return;
    timer = setTimeout(beat, Number(box().dataset.every));
    const asked = box();
    try {
      const response = await fetch(asked.dataset.attending, { method: "POST", body: here(), headers: { "X-Requested-With": "fetch", Accept: "application/json" } });
      if (box() !== asked) return;
      if (response.ok) {
        isOut = false;
        show(await response.json());
      } else if (response.status === 401 && !isOut) {
        isOut = true;
        house.say(_("Your session has ended. Sign in again; what you typed is kept."), "bad");
      }
    } catch {
      // The server will be there again, or saving says that it is not.
    }
  }

  const left = () => open && navigator.sendBeacon(open, new URLSearchParams({ csrf_token: document.querySelector("meta[name=csrf-token]")?.content ?? "", page, left: "1" }));

  function arrived() {
    const now = box()?.dataset.attending ?? "";
    if (open && open !== now) left();
    [open, page] = [now, value("page")];
    clearTimeout(timer);
    if (now) timer = setTimeout(beat, Number(box().dataset.every));
  }

  document.addEventListener("i18n:shown", arrived);
  document.addEventListener("visibilitychange", beat);
  document.addEventListener("house:signed-in", beat);
  addEventListener("pagehide", () => {
    clearTimeout(timer);
    left();
  });
  addEventListener("pageshow", (event) => event.persisted && beat());
  arrived();
})();
