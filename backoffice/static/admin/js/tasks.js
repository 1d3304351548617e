/* The progress of background work, asked for every second while somebody looks, or as seldom as the page says. Without
   this script the page loads itself again while something runs. */
"use strict";
(() => {
  const section = document.querySelector("[data-follow]");
  if (!section) return;
  const EVERY = Number(section.dataset.every) || 1000;
  const isOver = () => section.querySelector("[data-over]") !== null;

  async function look() {
    if (isOver()) return;
    if (document.visibilityState === "visible") {
      try {
        const answer = await fetch(section.dataset.follow, { headers: { "X-Requested-With": "fetch" } });
        if (answer.ok && !answer.redirected) show(await answer.text());
      } catch {
        // No network for a moment; the next look will do.
      }
    }
    setTimeout(look, EVERY);
  }

  function show(text) {
    const next = new DOMParser().parseFromString(text, "text/html").querySelector("[data-task]");
    const present = section.querySelector("[data-task]");
    if (!next || !present || next.isEqualNode(present)) return;
    const known = (each) => each.getAttribute("formaction") ?? each.getAttribute("href") ?? each.textContent.trim();
    const focused = present.contains(document.activeElement) ? known(document.activeElement) : null;
    present.replaceWith(next);
    if (focused !== null) [...next.querySelectorAll("button, a")].find((each) => known(each) === focused)?.focus();
    if (isOver()) house.say(`${document.querySelector("h1").textContent} - ${next.querySelector(".bo-chip").textContent}`, "");
  }

  if (!isOver()) setTimeout(look, EVERY);
})();
