// Which cases are shown: by verdict and by words, kept in the address's query. Its fragment names one case.
edgeproof.ready(() => {
  const { all, one } = edgeproof;
  const find = one("find");
  const openAll = one("open-all");
  const chosen = new Set();
  const chips = all("[data-filter]");

  const apply = () => {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    const cases = all("section.case");
    let count = 0;
    for (const section of cases) {
      const fits =
        (chosen.size === 0 || chosen.has(section.dataset.verdict)) &&
        words.every((word) => section.dataset.find.includes(word));
      section.hidden = !fits;
      edgeproof.cell(section.id)?.classList.toggle("faded", !fits);
      count += fits ? 1 : 0;
    }
    for (const group of all("[data-group]")) group.hidden = !group.querySelector("section.case:not([hidden])");
    for (const chip of chips) chip.setAttribute("aria-pressed", String(chosen.has(chip.dataset.filter)));
    one("no-match").hidden = count > 0 || cases.length === 0;
    one("shown").textContent = count === cases.length ? "" : `${count} of ${cases.length} cases`;
  };

  const remember = () => {
    const state = new URLSearchParams();
    if (chosen.size) state.set("show", [...chosen].join(","));
    if (find.value) state.set("find", find.value);
    const query = state.size ? `?${state}` : "";
    try {
      history.replaceState(null, "", location.pathname + query + location.hash);
    } catch {
      // Some browsers let a file change nothing of its address but the fragment.
      history.replaceState(null, "", `#${state}`);
    }
  };

  const clear = () => {
    chosen.clear();
    find.value = "";
    apply();
    remember();
  };

  const filterFrom = (text) => {
    const state = new URLSearchParams(text);
    const known = new Set(chips.map((chip) => chip.dataset.filter));
    for (const verdict of (state.get("show") || "").split(",")) if (known.has(verdict)) chosen.add(verdict);
    find.value = state.get("find") || "";
    apply();
  };

  const reveal = (element) => {
    const section = element.closest("section.case");
    if (section?.hidden) clear();
    const details = element.matches("details") ? element : element.querySelector("details");
    if (details && element.matches("section.case, details")) details.open = true;
    element.scrollIntoView();
  };

  const recall = () => {
    let name = location.hash.slice(1);
    try {
      name = decodeURIComponent(name);
    } catch {
      // Not ours: a lone percent sign. It names no case.
    }
    const element = name && one(name);
    if (element) reveal(element);
  };

  edgeproof.cell = (anchor) => document.querySelector(`[data-cell="${CSS.escape(anchor)}"]`);
  edgeproof.apply = apply;
  edgeproof.recall = recall;
  edgeproof.clear = clear;
  edgeproof.openEvery = (open = openAll.getAttribute("aria-pressed") === "false") => {
    for (const details of all("section.case > details")) details.open = open;
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
    find.focus();
  });
  openAll.addEventListener("click", () => edgeproof.openEvery());
  // A link to what the address already names changes no fragment, so the click itself must open it.
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (link && link.hash === location.hash) recall();
  });
  addEventListener("hashchange", recall);
  addEventListener("beforeprint", () => {
    for (const details of all('[data-verdict="fail"] details, details.problem')) details.open = true;
  });
  filterFrom(location.search || (location.hash.includes("=") ? location.hash.slice(1) : ""));
  recall();
});
