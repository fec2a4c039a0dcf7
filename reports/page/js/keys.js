// The keyboard: what is told in the dialog of the page.
edgeproof.ready(() => {
  const { all, one } = edgeproof;
  const find = one("find");
  const keys = one("keys");

  const move = (by) => {
    const items = all(".body > summary").filter((summary) => summary.checkVisibility());
    if (!items.length) return;
    const here = items.indexOf(document.activeElement?.closest(".body")?.querySelector("summary"));
    const before = document.activeElement === document.body || here < 0;
    const next = before ? (by > 0 ? 0 : items.length - 1) : Math.min(Math.max(here + by, 0), items.length - 1);
    items[next].focus();
    items[next].scrollIntoView({ block: "nearest" });
  };

  const escape = () => {
    if (document.activeElement === find) find.blur();
    else edgeproof.clear();
  };

  const ACTIONS = {
    "/": () => find.focus(),
    "?": () => keys.showModal(),
    j: () => move(1),
    k: () => move(-1),
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    d: () => edgeproof.toggleTheme(),
    e: () => edgeproof.openEvery(),
  };

  // An arrow scrolls the page, but from one problem or case it leads to the next.
  const isMeant = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || keys.open) return false;
    if (event.key.startsWith("Arrow")) return event.target.matches?.(".body > summary");
    return !event.target.closest?.("input, textarea, [contenteditable]");
  };

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !keys.open) return escape();
    if (!isMeant(event) || !Object.hasOwn(ACTIONS, event.key)) return undefined;
    event.preventDefault();
    return ACTIONS[event.key]();
  });
  one("help").addEventListener("click", () => keys.showModal());
  one("keys-close").addEventListener("click", () => keys.close());
  keys.addEventListener("click", (event) => event.target === keys && keys.close());
});
