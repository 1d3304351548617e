/* Choosing a record by typing: every `<input data-lookup="address">` becomes a combobox over what the address answers.
   What stands in the box stays what the form sends, so without this script, or without an answer, typing names works.
   With `data-many` the form gets several names between commas: each that is finished stands above the box with a button
   to take it out, and the box keeps only the one that is being typed. */
"use strict";
(() => {
  const AFTER = 150; // milliseconds without a key
  let made = 0;

  for (const input of document.querySelectorAll("input[data-lookup]")) enhance(input);

  function enhance(input) {
    const isMany = "many" in input.dataset;
    const id = `lookup-${++made}`;
    const texts = new Map(Object.entries(JSON.parse(input.dataset.titles ?? "{}"))); // what each handle stands for, as far as it was seen
    let options = [];
    let at = -1;
    let waiting = 0;
    let asking = null;
    let isRefused = false;

    // Parts.

    let box = input.closest(".bo-lookup");
    if (!box) {
      box = house.made("div", { className: "bo-lookup" });
      input.replaceWith(box);
      box.append(input);
    }
    box.querySelector("datalist")?.remove();
    input.removeAttribute("list");
    const label = (input.labels?.[0]?.firstChild?.textContent || input.getAttribute("aria-label") || "").trim();
    const anchor = house.made("div", { className: "bo-lookup__at" });
    input.replaceWith(anchor);
    const list = house.made("ul", { className: "bo-lookup__list", id, hidden: true, role: "listbox", "aria-label": label });
    const news = house.made("p", { className: "bo-sr", role: "status" });
    anchor.append(input, list);
    anchor.after(news);
    for (const [name, value] of Object.entries({
      role: "combobox", "aria-expanded": "false", "aria-controls": id, "aria-autocomplete": "list", autocomplete: "off", spellcheck: "false",
    })) input.setAttribute(name, value);
    const tokens = isMany ? house.made("ul", { className: "bo-lookup__tokens", "aria-label": _("Chosen") }) : null;
    if (tokens) anchor.before(tokens);

    // What is sent: the box itself, or a hidden field with what is finished and what is typed.

    const parted = (value) => [...new Set(value.split(",").map((part) => part.trim()).filter(Boolean))];
    const typed = () => input.value.trim();
    const sent = isMany ? house.made("input", { type: "text", hidden: true, name: input.name, value: input.value }) : input;
    let finished = [];
    if (isMany) {
      input.removeAttribute("name");
      input.value = "";
      input.after(sent);
      take(sent.value);
      // A draft that is brought back writes into the field that is sent.
      for (const event of ["input", "change"]) sent.addEventListener(event, () => take(sent.value));
    }

    function take(value) {
      const names = parted(value);
      if (names.join() === parted([...finished, typed()].join()).join()) return; // our own writing
      finished = names;
      input.value = "";
      showTokens();
    }

    function change(value) {
      sent.value = value;
      sent.dispatchEvent(new Event("input", { bubbles: true }));
      sent.dispatchEvent(new Event("change", { bubbles: true }));
    }

    function keep(names) {
      finished = parted(names.join());
      change(parted([...finished, typed()].join()).join(", "));
      showTokens();
    }

    function finish() {
      const names = [...finished, typed()];
      input.value = "";
      keep(names);
    }

    function showTokens() {
      const now = JSON.stringify(finished.map((handle) => [handle, texts.get(handle)]));
      if (tokens.dataset.shown === now) return; // a click that is under way keeps its button
      tokens.dataset.shown = now;
      tokens.replaceChildren(...finished.map((handle) => {
        const text = texts.get(handle) ?? handle;
        const out = house.made("button", { type: "button", "aria-label": _("Take out: %(name)s", { name: text }) }, house.icon("x"));
        out.addEventListener("pointerdown", (event) => event.preventDefault());
        out.addEventListener("click", () => {
          keep(finished.filter((each) => each !== handle));
          input.focus();
        });
        return house.made("li", { className: "bo-token" }, house.made("span", { textContent: text, dir: "auto" }), out);
      }));
    }

    // The list.

    function close() {
      clearTimeout(waiting);
      asking?.abort();
      asking = null;
      list.hidden = true;
      at = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    }

    function point(index) {
      at = index;
      [...list.children].forEach((option, each) => option.setAttribute("aria-selected", String(each === at)));
      const option = list.children[at];
      if (!option) {
        input.removeAttribute("aria-activedescendant");
        return;
      }
      input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    }

    function show(found) {
      const taken = new Set(finished);
      options = found.filter((option) => !taken.has(option.id) || option.id === typed());
      list.replaceChildren(...options.map((option, index) => {
        texts.set(option.id, option.text);
        const line = house.made("li", { id: `${id}-${index}`, role: "option", "aria-selected": "false" }, house.made("span", { textContent: option.text, dir: "auto" }));
        if (option.id !== option.text) line.append(house.made("bdi", { className: "bo-muted", textContent: option.id }));
        line.addEventListener("pointerdown", (event) => event.preventDefault()); // the focus stays in the box
        line.addEventListener("click", () => choose(index));
        return line;
      }));
      const none = options.length === 0;
      list.hidden = none;
      input.setAttribute("aria-expanded", String(!none));
      news.className = none ? "bo-hint" : "bo-sr";
      news.textContent = none ? _("Nothing fits.") : _n("%(num)s choice", "%(num)s choices", options.length);
      point(-1);
    }

    async function ask(then = () => {}) {
      clearTimeout(waiting);
      asking?.abort();
      if (isRefused) return;
      const mine = (asking = new AbortController());
      try {
        const address = new URL(input.dataset.lookup, document.baseURI);
        address.searchParams.set("query", typed());
        const response = await house.ask(address, { signal: mine.signal });
        if (response.status === 403 || response.status === 404) isRefused = true;
        if (!response.ok) return;
        const found = await response.json();
        if (mine.signal.aborted || document.activeElement !== input) return;
        show(found);
        then();
      } catch {
        // Given up for a newer question, or no answer: the box takes names all the same.
      }
    }

    function choose(index) {
      const { id: handle } = options[index];
      if (isMany) input.value = handle;
      if (isMany) finish();
      else change(handle);
      close();
      news.className = "bo-sr";
      news.textContent = texts.get(handle) ?? handle;
    }

    input.addEventListener("input", (event) => {
      if (!event.isTrusted) return; // our own
      if (isMany) {
        const comma = input.value.lastIndexOf(",");
        const before = input.value.slice(0, comma + 1);
        if (before) input.value = input.value.slice(comma + 1).trimStart();
        keep([...finished, before]);
      }
      news.textContent = "";
      news.className = "bo-sr";
      clearTimeout(waiting);
      if (typed() === "") close();
      else waiting = setTimeout(ask, AFTER);
    });
    input.addEventListener("blur", () => {
      close();
      if (isMany && typed()) finish();
    });

    input.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      const isOpen = !list.hidden;
      const { length } = options;
      if (isMany && event.key === "Backspace" && !typed() && finished.length) {
        event.preventDefault();
        keep(finished.slice(0, -1));
      } else if (isMany && event.key === "Enter" && typed() && at < 0) {
        event.preventDefault();
        finish();
        close();
      } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        const step = event.key === "ArrowDown" ? 1 : -1;
        if (isOpen) point(at < 0 ? (step > 0 ? 0 : length - 1) : (at + step + length) % length);
        else ask(() => point(step > 0 ? 0 : options.length - 1));
      } else if (!isOpen) {
        return;
      } else if ((event.key === "Home" || event.key === "End") && at >= 0) {
        event.preventDefault();
        point(event.key === "Home" ? 0 : length - 1);
      } else if (event.key === "Enter" && at >= 0) {
        event.preventDefault();
        choose(at);
      } else if (event.key === "Escape") {
        event.preventDefault();
        event.stopPropagation();
        close();
      } else if (event.key === "Tab" && at >= 0) {
        choose(at);
      }
    });
  }
})();
