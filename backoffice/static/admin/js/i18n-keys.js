/* The keys of the workbench. Those with Ctrl or Alt work while one types; `j` and `k` and the like while one does not. */
"use strict";
(() => {
  if (!window.house?.i18n) return;
  const { boxes, form, placeholders, putIn, root, save, toBox, visit } = house.i18n;

  function go(where) {
    const address = root().dataset[where];
    if (address) visit(address);
    else house.say(where === "next" ? _("That was the last one.") : _("That was the first one."));
    return true;
  }
  const has = (action) => form()?.querySelector(`button[name=action][value=${action}]`);

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.keyCode === 229 || document.querySelector("dialog[open]")) return;
    const ctrl = event.ctrlKey || event.metaKey;
    const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code)?.[1];
    const inForm = form()?.contains(event.target) || event.target === document.body || event.target.id === "main";
    let does = null;
    if (ctrl && !event.altKey && event.key === "Enter" && inForm) {
      if (event.shiftKey) does = () => has("fuzzy") && save("fuzzy");
      else does = () => save(has("save") ? "save" : "suggest");
    } else if (ctrl && !event.altKey && !event.shiftKey && digit) {
      const text = placeholders()[Number(digit) - 1];
      if (text && inForm) does = () => putIn(text);
    } else if (ctrl && !event.altKey && !event.shiftKey && (event.key === "s" || (event.code === "KeyS" && event.key.charCodeAt(0) > 127))) {
      does = () => has("save") && save("stay");
    } else if (event.altKey && !ctrl && !event.shiftKey && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      does = () => go(event.key === "ArrowDown" ? "next" : "previous");
    }
    const small = ctrl && event.key === "Enter" && event.target.matches("textarea") && event.target.closest("form[data-small]");
    if (small) does = () => small.requestSubmit();
    if (!does) return;
    event.preventDefault();
    if (!event.repeat || event.altKey) does();
  });

  house.keys.on({ next: () => go("next"), previous: () => go("previous"), open: () => (boxes().length ? (toBox(), true) : false) });
  house.keys.lines.push(
    [["Ctrl Enter"], _("save, and open the next")],
    [["Ctrl Shift Enter"], _("keep as to check, and open the next")],
    [["Ctrl S"], _("save, and stay")],
    [["Alt ↓"], _("next, without saving")],
    [["Alt ↑"], _("previous, without saving")],
    [["Ctrl 1"], _("put the first placeholder in; 2 to 9 the others")],
    [["next", "previous"], _("next, previous")],
    [["open"], _("into the box")],
  );
  document.dispatchEvent(new CustomEvent("house:keys"));
})();
