// The live page: what each event of the run changes on it. The server sends ready parts; nothing is composed here.
edgeproof.ready(() => {
  const { all, one } = edgeproof;
  const began = performance.now();
  let atStart = parseFloat(one("elapsed").textContent) || 0;
  let over = !one("over").hidden;

  const part = (html) => {
    const made = document.createElement("template");
    made.innerHTML = html;
    return made.content;
  };

  // What a reader has opened stays open, and what has the focus keeps it.
  const replace = (holder, html) => {
    const known = new Map(all("details[id]", holder).map((each) => [each.id, each.open]));
    const focused = document.activeElement?.closest?.("details[id]")?.id;
    const wasIn = holder.contains(document.activeElement);
    const fresh = part(html);
    for (const each of all("details[id]", fresh))
      if (known.has(each.id)) each.open = known.get(each.id);
      else each.classList.add("fresh");
    if (known.size) for (const each of all("details[id]", fresh)) if (!known.has(each.id)) each.open = false;
    holder.replaceChildren(fresh);
    if (wasIn && focused) one(focused)?.querySelector("summary").focus({ preventScroll: true });
  };

  const fill = async (details) => {
    const name = details.dataset.later;
    if (!name) return;
    delete details.dataset.later;
    try {
      const answer = await fetch(`/cases/${name}`);
      if (!answer.ok) throw new Error(String(answer.status));
      details.append(part(await answer.text()));
    } catch {
      details.dataset.later = name;
      details.open = false;
      one("lost").hidden = false;
    }
  };

  const HEARD = {
    head: (data) => {
      document.body.className = `v-${data.shown}`;
      document.title = `${data.title} · edgeproof`;
      for (const name of ["word", "glyph", "headline", "now", "done", "total", "url"]) one(name).textContent = data[name];
      one("progress").setAttribute("aria-valuenow", data.done);
      one("progress").replaceChildren(part(data.bar));
      for (const chip of all("[data-filter]")) {
        const count = data.counts[chip.dataset.filter];
        chip.querySelector("b").textContent = count;
        chip.disabled = !count && chip.getAttribute("aria-pressed") === "false";
      }
      over = data.over;
      atStart = data.at_s - (performance.now() - began) / 1000;
      one("over").hidden = !over;
      if (over) one("elapsed").textContent = `${Math.round(data.at_s)} s`;
    },
    problems: (data) => {
      replace(one("problem-list"), data.html);
      one("guide-list").replaceChildren(part(data.guides));
    },
    load: (data) => one("load").replaceChildren(part(data.html)),
    families: (data) => one("families").replaceChildren(part(data.html)),
    case: (data) => {
      edgeproof.cell(data.anchor)?.replaceWith(part(data.cell));
      const family = document.querySelector(`[data-family="${CSS.escape(data.family)}"]`);
      if (family) family.querySelector(".share").textContent = data.share;
      const before = one(data.anchor);
      const wasOpen = before?.querySelector("details").open;
      before?.remove();
      document.querySelector(`[data-group="${data.verdict}"]`).append(part(data.section));
      if (wasOpen) one(data.anchor).querySelector("details").open = true;
      for (const group of all("[data-group]"))
        group.querySelector("h2 span").textContent = all("section.case", group).length;
      edgeproof.apply();
      if (location.hash.slice(1) === encodeURIComponent(data.anchor) && !before) edgeproof.recall();
    },
  };

  document.addEventListener("toggle", (event) => event.target.open && fill(event.target), true);
  for (const details of all("details[data-later][open]")) fill(details);
  if (over) return;
  const source = new EventSource(`/events?after=${document.body.dataset.live}`);
  for (const [name, heard] of Object.entries(HEARD))
    source.addEventListener(name, (event) => {
      heard(JSON.parse(event.data));
      if (over && name === "head") source.close();
    });
  source.addEventListener("anew", () => location.reload());
  source.addEventListener("open", () => (one("lost").hidden = true));
  source.addEventListener("error", () => (one("lost").hidden = over));
  setInterval(() => {
    if (!over) one("elapsed").textContent = `${Math.round(atStart + (performance.now() - began) / 1000)} s`;
  }, 1000);
});
