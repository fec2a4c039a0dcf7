"use strict";
// The page is whole without any of this. What follows runs once the page is there; only the theme is set before.
const edgeproof = {
  all: (selector, root = document) => [...root.querySelectorAll(selector)],
  one: (id) => document.getElementById(id),
  ready: (run) => addEventListener("DOMContentLoaded", run),
};

(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const kept = () => {
    try {
      return localStorage.getItem("edgeproof-theme");
    } catch {
      return null; // a browser that keeps nothing for files
    }
  };
  const keep = (theme) => {
    try {
      if (theme) localStorage.setItem("edgeproof-theme", theme);
      else localStorage.removeItem("edgeproof-theme");
    } catch {
      // It holds until the page is left.
    }
  };
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
  const show = () => edgeproof.one("theme")?.setAttribute("aria-pressed", String(isDark()));

  edgeproof.toggleTheme = () => {
    const dark = !isDark();
    if (dark === system.matches) delete root.dataset.theme;
    else root.dataset.theme = dark ? "dark" : "light";
    keep(root.dataset.theme);
    show();
  };
  root.classList.add("js");
  if (["dark", "light"].includes(kept())) root.dataset.theme = kept();
  system.addEventListener("change", show);
  edgeproof.ready(() => {
    show();
    edgeproof.one("theme").addEventListener("click", edgeproof.toggleTheme);
  });
})();
