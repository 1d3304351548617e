/* What every page shares: sentences that come and go, menus, theme and density, and addresses to copy.
   Nothing here is needed to use the back office. Other scripts use `house`:

   house.say(sentence, tone, batch)   shows and reads out a sentence; tone "bad" for what was refused; with Undo for a batch
   house.icon(name)            an icon of the sheet that the page uses
   house.made(tag, properties, ...children)
   house.send(address, data)   posts a form; the answer and what it holds, or null where no server answers; whoever was
                               signed out meanwhile, or has to prove anew who she is, is asked, then it is posted once more
   house.post(address, data)   the same without asking
   house.ask(address, options) a fetch for a script, with the same question
   house.dialog(label)         an empty dialog at the end of the page, which gives the focus back when it closes
   house.keep(name, value), house.kept(name)   this browser's memory, which may be switched off */
"use strict";
(() => {
  const SHORT = 6000; // milliseconds a sentence stays
  const LONG = 8000; // the same for what came with the page
  const root = document.documentElement;
  const live = document.getElementById("live");

  function made(tag, properties = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
      if (name in element) element[name] = value;
      else element.setAttribute(name, value);
    }
    element.append(...children.filter((child) => child !== null && child !== undefined));
    return element;
  }

  const sheet = document.querySelector("svg.bo-icon use")?.getAttribute("href")?.split("#")[0] ?? "/static/admin/icons.svg";
  function icon(name) {
    const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    picture.setAttribute("class", "bo-icon");
    picture.setAttribute("aria-hidden", "true");
    use.setAttribute("href", `${sheet}#bo-${name}`);
    picture.append(use);
    return picture;
  }

  /** Lets a sentence go after a while, but not while somebody points at it or is inside it. */
  function leaves(toast, after) {
    let waiting = 0;
    const start = () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => toast.remove(), after);
    };
    const stop = () => clearTimeout(waiting);
    toast.addEventListener("pointerenter", stop);
    toast.addEventListener("focusin", stop);
    toast.addEventListener("pointerleave", start);
    toast.addEventListener("focusout", start);
    start();
  }

  function undoing(batch) {
    const sign = window.house.keys?.of("undo") ?? "";
    const key = sign ? made("kbd", { className: "bo-key", "aria-hidden": "true", textContent: sign }) : null;
    return made("form", { method: "post", action: live.dataset.undo, "data-undo": "" },
      made("input", { type: "hidden", name: "csrf_token", value: document.querySelector("meta[name=csrf-token]")?.content ?? "" }),
      made("input", { type: "hidden", name: "url", value: location.pathname + location.search }),
      made("button", { className: "bo-btn", name: "batch", value: batch, ...(sign ? { "aria-keyshortcuts": sign } : {}) }, _("Undo"), " ", ...(key ? [key] : [])));
  }

  function say(sentence, tone = "", batch = null) {
    if (!live || !sentence) return;
    const toast = made("div", { className: "bo-toast" }, made("span", { textContent: sentence }));
    if (batch) toast.append(undoing(batch));
    if (tone) toast.dataset.tone = tone;
    while (live.children.length > 2) live.firstElementChild.remove();
    live.append(toast);
    leaves(toast, tone === "bad" ? LONG : SHORT);
  }

  if (document.body.dataset.viewing) {
    document.addEventListener("submit", (event) => {
      if (event.target.method !== "post" || !event.target.closest("main") || event.target.closest(".bo-banner")) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      say(document.body.dataset.viewing, "bad");
    }, true);
  }

  async function send(address, data) {
    const fields = new URLSearchParams(data);
    const reply = await post(address, fields);
    const reason = reply?.answer?.reason ?? "";
    if (reason.startsWith("confirm")) return (await house.confirmed(reason)) ? post(address, fields) : reply;
    const isOut = reply?.status === 401 || reply?.answer?.reason === "token";
    if (!isOut || !fields.has("csrf_token") || !(await house.signedIn())) return reply;
    fields.set("csrf_token", document.querySelector("meta[name=csrf-token]").content);
    return post(address, fields);
  }

  async function ask(address, options = {}) {
    const asked = () => fetch(address, { ...options, headers: { Accept: "application/json", "X-Requested-With": "fetch" } });
    const response = await asked();
    return response.status === 401 && (await house.signedIn()) ? asked() : response;
  }

  async function post(address, data) {
    try {
      const response = await fetch(address, {
        method: "POST",
        body: new URLSearchParams(data),
        headers: { "X-Requested-With": "fetch", Accept: "application/json" },
      });
      const isJson = (response.headers.get("Content-Type") ?? "").startsWith("application/json");
      return { status: response.status, ok: response.ok, answer: isJson && !response.redirected ? await response.json() : null };
    } catch {
      return null;
    }
  }

  function dialog(label) {
    const box = made("dialog", { className: "bo-dialog", "aria-label": label });
    box.addEventListener("click", (event) => {
      if (event.target === box) box.close(); // the ground behind it
    });
    document.body.append(box);
    return box;
  }

  function keep(name, value) {
    try {
      if (value === null) localStorage.removeItem(name);
      else localStorage.setItem(name, value);
      return true;
    } catch {
      return false;
    }
  }

  function kept(name) {
    try {
      return localStorage.getItem(name);
    } catch {
      return null;
    }
  }

  window.house = { say, icon, made, send, post, ask, dialog, keep, kept, signedIn: async () => false, confirmed: async () => false };

  for (const toast of live?.querySelectorAll(".bo-toast") ?? []) leaves(toast, LONG);

  // Menus: one at a time, gone with a click elsewhere or Escape.
  const menus = () => document.querySelectorAll("details.bo-menu[open]");
  document.addEventListener("click", (event) => {
    for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("toggle", (event) => {
    if (!event.target.matches?.("details.bo-menu") || !event.target.open) return;
    for (const menu of menus()) if (menu !== event.target && !menu.contains(event.target)) menu.open = false;
  }, { capture: true });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || event.isComposing) return;
    const menu = [...menus()].at(-1);
    if (!menu) return;
    event.preventDefault();
    menu.open = false;
    menu.querySelector("summary")?.focus();
  });

  // The bell: its list is fetched when it is opened; without a script a link stands there.
  const bell = document.querySelector("[data-bell]");
  bell?.addEventListener("toggle", async () => {
    if (!bell.open) return;
    const panel = bell.querySelector(".bo-menu__panel");
    const reply = await fetch(bell.dataset.bell, { headers: { "X-Requested-With": "fetch" } }).catch(() => null);
    if (!reply?.ok || reply.redirected) return; // the link that stands there leads to the same
    const fresh = new DOMParser().parseFromString(await reply.text(), "text/html");
    panel.replaceChildren(...fresh.body.childNodes);
  });

  // Theme and density: at once on the page, then kept in the profile.
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    const button = event.submitter;
    if (!form.matches("form[data-look]") || !["theme", "density"].includes(button?.name)) return;
    event.preventDefault();
    const { name, value } = button;
    const before = root.dataset[name];
    const show = (chosen) => {
      root.dataset[name] = chosen;
      for (const each of form.querySelectorAll(`button[name=${name}]`)) each.setAttribute("aria-pressed", String(each.value === chosen));
    };
    show(value);
    const reply = await house.send(form.action, new FormData(form, button));
    if (reply?.ok) return;
    show(before);
    if (reply?.status !== 401) say(_("That was not kept. Try it again."), "bad");
  });

  // A link that is there to be passed on is copied by a click.
  document.addEventListener("click", async (event) => {
    const link = event.target.closest?.("[data-copy]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    try {
      await navigator.clipboard.writeText(link.href);
      say(_("Copied."));
    } catch {
      getSelection()?.selectAllChildren(link);
      say(_("It is marked: copy it with Ctrl+C."));
    }
  });

  // What is ticked in a fold stands on it in words.
  document.addEventListener("change", ({ target }) => {
    const fold = target.closest?.("[data-reach-of]");
    if (!fold) return;
    const ticked = [...fold.querySelectorAll("input:checked")].map((each) => each.parentElement.textContent.trim());
    const typed = fold.querySelector("input:not([type=checkbox])")?.value.trim();
    const told = fold.querySelector("[data-reach]");
    told.textContent = [...ticked, ...(typed ? [typed] : [])].join(", ") || fold.dataset.reachOf;
    told.className = ticked.length || typed ? "" : "bo-muted";
  });

  // Where tabs do not fit, the one that one is at is in sight.
  function toTab() {
    for (const tab of document.querySelectorAll(".bo-tabs > [aria-current]")) {
      const [outer, inner] = [tab.parentElement.getBoundingClientRect(), tab.getBoundingClientRect()];
      if (inner.right > outer.right) tab.parentElement.scrollLeft += inner.right - outer.right + 24;
      else if (inner.left < outer.left) tab.parentElement.scrollLeft -= outer.left - inner.left + 24;
    }
  }
  toTab();
  document.addEventListener("i18n:shown", toTab);

  // After "Skip to content" the next Tab goes on inside the page.
  document.querySelector(".bo-skip")?.addEventListener("click", () => {
    requestAnimationFrame(() => document.getElementById("main")?.focus());
  });
})();
