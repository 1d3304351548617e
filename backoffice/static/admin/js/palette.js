/* Ctrl+K: any page, any record, anything new, from one box. Records come from the server as one types. */
"use strict";
(() => {
  const AFTER = 150; // milliseconds without a key
  const button = document.querySelector("[data-palette]");
  if (!button || !window.HTMLDialogElement) return;
  const source = button.dataset.palette;

  let box = null;
  let input = null;
  let list = null;
  let news = null;
  let options = [];
  let at = 0;
  let waiting = 0;
  let asking = null;
  let kinds = [];

  const words = (text) => text.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const fits = (text, typed) => words(typed).every((word) => text.toLocaleLowerCase().includes(word));

  function nameOf(link) {
    const copy = link.cloneNode(true);
    for (const part of copy.querySelectorAll(".bo-count, kbd")) part.remove();
    return copy.textContent.replace(/\s+/g, " ").trim();
  }
  const iconOf = (element, usual) => element.querySelector("use")?.getAttribute("href")?.split("#bo-")[1] ?? usual;

  function pages() {
    return [...document.querySelectorAll(".bo-nav a[href]")].map((link) => ({
      text: nameOf(link), icon: iconOf(link, "list"), address: link.href, key: link.dataset.go ? `g ${link.dataset.go}` : "",
    }));
  }

  function beginnings() {
    return [...document.querySelectorAll(".bo-nav a[data-new]")].map((link) => ({
      text: link.dataset.newText, icon: "plus", address: link.dataset.new,
    }));
  }

  /** What the menus at the top can do: profile, theme, density, languages, signing out, the list of keys. */
  function deeds() {
    const found = [...document.querySelectorAll(".bo-top .bo-menu__panel :is(a[href], button), [data-keys]")];
    const seen = new Set();
    return found.map((element) => {
      const group = element.closest("[role=group]");
      const title = group ? document.getElementById(group.getAttribute("aria-labelledby"))?.textContent : "";
      const text = title ? `${title}: ${nameOf(element)}` : nameOf(element);
      return { text, icon: iconOf(element, group ? "settings" : "go"), lang: element.lang, act: () => element.click() };
    }).filter(({ text }) => text && !seen.has(text) && seen.add(text));
  }

  function groups(typed) {
    const chosen = (entries) => entries.filter(({ text }) => fits(text, typed));
    const found = kinds.map(({ title, icon, list: all, records }) => [title, [
      ...[...records].sort((one, other) => fits(other.text, typed) - fits(one.text, typed)).map((record) => ({ ...record, icon })),
      { text: _("All that fit in: %(place)s", { place: title }), icon: "search", address: all },
    ]]);
    const things = chosen(beginnings());
    return [
      [_("Go to"), chosen(pages())],
      ...found,
      [_("Do"), typed ? [...things, ...chosen(deeds())] : things],
    ].filter(([, entries]) => entries.length);
  }

  /** The text with what was typed in bold. */
  function marked(text, typed) {
    const span = house.made("span", { dir: "auto" });
    const lower = text.toLocaleLowerCase();
    const word = words(typed).find((each) => lower.includes(each));
    const start = word && lower.length === text.length ? lower.indexOf(word) : -1;
    if (start < 0) span.append(text);
    else span.append(text.slice(0, start), house.made("b", { textContent: text.slice(start, start + word.length) }), text.slice(start + word.length));
    return span;
  }

  function draw() {
    const typed = input.value.trim();
    options = [];
    list.replaceChildren(...groups(typed).map(([title, entries], number) => {
      const head = house.made("p", { className: "bo-menu__label", id: `palette-${number}`, textContent: title });
      const group = house.made("div", { role: "group", "aria-labelledby": head.id }, head);
      for (const entry of entries) {
        const index = options.push(entry) - 1;
        const words = marked(entry.text, typed);
        if (entry.lang) words.lang = entry.lang;
        if (entry.note) words.append(" ", house.made("span", { className: "bo-muted", textContent: entry.note }));
        const aside = entry.label
          ? house.made("span", { className: "bo-status", textContent: entry.label })
          : entry.key ? house.made("kbd", { className: "bo-key", "aria-hidden": "true", textContent: entry.key }) : null;
        if (entry.label) aside.dataset.status = entry.status;
        const line = house.made("div", { role: "option", id: `palette-o${index}`, "aria-selected": "false" }, house.icon(entry.icon), words, aside);
        line.addEventListener("pointerdown", (event) => event.preventDefault());
        line.addEventListener("pointermove", () => at !== index && point(index));
        line.addEventListener("click", (event) => choose(index, event.ctrlKey || event.metaKey));
        group.append(line);
      }
      return group;
    }));
    if (!options.length) list.replaceChildren(house.made("p", { className: "bo-hint bo-palette__none", textContent: _("Nothing fits.") }));
    news.textContent = options.length ? _n("%(num)s result", "%(num)s results", options.length) : _("Nothing fits.");
    point(0);
  }

  function point(index) {
    at = options.length ? (index + options.length) % options.length : -1;
    for (const line of list.querySelectorAll("[role=option]")) line.setAttribute("aria-selected", String(line.id === `palette-o${at}`));
    const line = document.getElementById(`palette-o${at}`);
    if (line) input.setAttribute("aria-activedescendant", line.id);
    else input.removeAttribute("aria-activedescendant");
    // At the first line the title of its group is seen as well.
    (at === 0 ? list.firstElementChild : line)?.scrollIntoView({ block: "nearest" });
  }

  function choose(index, isElsewhere = false) {
    const entry = options[index];
    if (!entry) return;
    if (entry.address && isElsewhere) {
      window.open(entry.address, "_blank", "noopener");
      return;
    }
    box.close();
    if (entry.address) location.assign(entry.address);
    else entry.act();
  }

  async function ask() {
    asking?.abort();
    const typed = input.value.trim();
    if (!source || typed.length < 2) return;
    const mine = (asking = new AbortController());
    try {
      const address = new URL(source, document.baseURI);
      address.searchParams.set("query", typed);
      const response = await house.ask(address, { signal: mine.signal });
      const answer = response.ok ? await response.json() : { kinds: [] };
      if (mine.signal.aborted) return;
      kinds = answer.kinds;
      const before = options[at];
      draw();
      // What was pointed at stays so, unless something better came before it.
      const same = options.findIndex((each) => before && each.address === before.address && each.text === before.text);
      if (same > 0) point(same);
    } catch {
      // Given up for a newer question, or no answer: pages and deeds are still there.
    }
  }

  function build() {
    box = house.dialog(_("Search or jump to"));
    box.classList.add("bo-palette");
    input = house.made("input", { type: "text", role: "combobox", autocomplete: "off", spellcheck: false, maxLength: 200, "aria-expanded": "true", "aria-controls": "palette", "aria-autocomplete": "list", "aria-label": _("Search or jump to"), placeholder: _("Search or jump to") });
    list = house.made("div", { className: "bo-palette__list", id: "palette", role: "listbox", "aria-label": _("Results") });
    news = house.made("p", { className: "bo-sr", role: "status" });
    box.append(house.made("div", { className: "bo-palette__in" }, house.icon("search"), input, house.made("kbd", { className: "bo-key", "aria-hidden": "true", textContent: "Esc" })), list, news);
    input.addEventListener("input", () => {
      clearTimeout(waiting);
      if (input.value.trim().length < 2) {
        asking?.abort();
        kinds = [];
      }
      draw();
      waiting = setTimeout(ask, AFTER);
    });
    input.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 5, PageUp: -5 };
      if (event.key in steps) point(Math.abs(steps[event.key]) === 1 ? at + steps[event.key] : Math.min(Math.max(at + steps[event.key], 0), options.length - 1));
      else if (event.key === "Enter") choose(at, event.ctrlKey || event.metaKey);
      else return;
      event.preventDefault();
    });
  }

  function open() {
    if (document.querySelector("dialog[open]")) return;
    if (!box) build();
    input.value = "";
    kinds = [];
    draw();
    box.showModal();
    input.focus();
  }

  button.hidden = false;
  button.addEventListener("click", open);
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.altKey || event.shiftKey || !(event.ctrlKey || event.metaKey)) return;
    if (event.key !== "k" && !(event.code === "KeyK" && event.key.charCodeAt(0) > 127)) return;
    event.preventDefault();
    if (box?.open) box.close();
    else open();
  });
})();
