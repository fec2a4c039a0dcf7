"use strict";
// The page is whole without this: it adds filters, search, copying, and keeps their state in the address.
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const one = (id) => document.getElementById(id);
  const cases = all("section.case");
  const chips = all("[data-filter]");
  const cells = new Map(all("[data-cell]").map((cell) => [cell.dataset.cell, cell]));
  const find = one("find");
  const shown = one("shown");
  const openAll = one("open-all");
  const chosen = new Set();
  document.documentElement.classList.add("js");

  const apply = () => {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const section of cases) {
      const fits =
        (chosen.size === 0 || chosen.has(section.dataset.verdict)) &&
        words.every((word) => section.dataset.find.includes(word));
      section.hidden = !fits;
      cells.get(section.id).classList.toggle("faded", !fits);
      count += fits ? 1 : 0;
    }
    for (const group of all("[data-group]")) group.hidden = !group.querySelector("section.case:not([hidden])");
    for (const chip of chips) chip.setAttribute("aria-pressed", String(chosen.has(chip.dataset.filter)));
    one("no-match").hidden = count > 0 || cases.length === 0;
    shown.textContent = count === cases.length ? "" : `${count} of ${cases.length} cases`;
  };

  const remember = () => {
    const state = new URLSearchParams();
    if (chosen.size) state.set("show", [...chosen].join(","));
    if (find.value) state.set("find", find.value);
    const text = state.toString();
    history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
  };

  const clear = () => {
    chosen.clear();
    find.value = "";
    apply();
  };

  const reveal = (section) => {
    if (section.hidden) clear();
    section.querySelector("details").open = true;
    section.scrollIntoView();
  };

  const recall = () => {
    let name = location.hash.slice(1);
    try {
      name = decodeURIComponent(name);
    } catch {
      // Not ours: a lone percent sign. It names no case.
    }
    const section = name && one(name);
    if (section && section.matches("section.case")) return reveal(section);
    if (!location.hash.includes("=")) return undefined;
    const state = new URLSearchParams(location.hash.slice(1));
    const known = new Set(chips.map((chip) => chip.dataset.filter));
    chosen.clear();
    for (const verdict of (state.get("show") || "").split(",")) if (known.has(verdict)) chosen.add(verdict);
    find.value = state.get("find") || "";
    return apply();
  };

  const select = (node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
  };

  const copy = async (button) => {
    const code = button.parentElement.querySelector("code");
    try {
      await navigator.clipboard.writeText(code.textContent);
    } catch {
      select(code);
      document.execCommand("copy");
    }
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy"), 1500);
  };

  const openEvery = (open) => {
    for (const section of cases) section.querySelector("details").open = open;
    openAll.setAttribute("aria-pressed", String(open));
    openAll.textContent = open ? "Close all" : "Open all";
  };

  for (const chip of chips)
    chip.addEventListener("click", () => {
      const verdict = chip.dataset.filter;
      if (!chosen.delete(verdict)) chosen.add(verdict);
      apply();
      remember();
    });
  find.addEventListener("input", () => {
    apply();
    remember();
  });
  one("clear").addEventListener("click", () => {
    clear();
    remember();
    find.focus();
  });
  openAll.addEventListener("click", () => openEvery(openAll.getAttribute("aria-pressed") === "false"));
  for (const button of all("[data-copy]")) button.addEventListener("click", () => copy(button));
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && event.target !== find) {
      event.preventDefault();
      find.focus();
    }
  });
  // A link to the case that the address already names changes no hash, so the click itself must open it.
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (link && link.hash === location.hash) recall();
  });
  addEventListener("hashchange", recall);
  addEventListener("beforeprint", () => {
    for (const details of all('[data-verdict="fail"] details')) details.open = true;
  });
  apply();
  recall();
})();
