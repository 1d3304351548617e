/**
 * Loads a video where its link stands, when the reader asks for it: a click on `figure[data-video] > a` puts
 * YouTube's player without cookies in the link's place. Without scripts the link leads to the video.
 */

const PLAYER = "https://www.youtube-nocookie.com/embed/";

function player(id, title) {
  const frame = document.createElement("iframe");
  frame.src = `${PLAYER}${id}?autoplay=1`;
  frame.title = title;
  frame.width = "560";
  frame.height = "315";
  frame.allow = "autoplay; encrypted-media; fullscreen; picture-in-picture";
  // The player refuses to play for a page that does not say where it stands.
  frame.referrerPolicy = "strict-origin-when-cross-origin";
  return frame;
}

document.addEventListener("click", (event) => {
  const link = event.target instanceof Element && event.target.closest("figure[data-video] > a");
  const id = link && link.parentElement.dataset.video;
  const wantsElsewhere = event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
  if (!id || !/^[\w-]{11}$/.test(id) || wantsElsewhere || event.defaultPrevented) return;
  event.preventDefault();
  const frame = player(id, link.getAttribute("aria-label") || link.textContent.trim() || "YouTube");
  link.replaceWith(frame);
  frame.focus();
});
