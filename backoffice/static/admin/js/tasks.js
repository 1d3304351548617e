/* The progress of background work, asked for every second while somebody looks. Without this script the page loads itself
   again every three seconds. */
"use strict";
(() => {
  const section = document.querySelector("[data-follow]");
  if (!section) return;
  const EVERY = 1000;
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
    const focused = section.contains(document.activeElement) ? document.activeElement.textContent.trim() : null;
    present.replaceWith(next);
    if (focused) [...next.querySelectorAll("button, a")].find((each) => each.textContent.trim() === focused)?.focus();
    if (isOver()) house.say(`${document.querySelector("h1").textContent} - ${next.querySelector(".bo-chip").textContent}`, "");
  }

  if (!isOver()) setTimeout(look, EVERY);
})();
