// The wire log: folded previews shown whole, and bytes in hexadecimal, both on demand.
edgeproof.ready(() => {
  const { all } = edgeproof;
  const encoder = new TextEncoder();
  const WIDE = 8; // two columns beside one another have room for no more
  const SHORT = { "\\r": 13, "\\n": 10, "\\t": 9 };

  // A sign such as \r stands for one character that cannot be seen; all other text stands for itself.
  const bytesOf = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return [...encoder.encode(node.data)];
    if (node.localName === "u") return [];
    if (node.localName !== "i") return [...node.childNodes].flatMap(bytesOf);
    return (node.textContent.match(/\\[rnt]|\\x..|\\u....|./gu) || []).flatMap((sign) => {
      if (sign in SHORT) return [SHORT[sign]];
      const code = /^\\[xu]/.test(sign) ? parseInt(sign.slice(2), 16) : sign.codePointAt(0);
      return [...encoder.encode(String.fromCodePoint(code))];
    });
  };

  const struckAt = (code) => {
    const mark = code.querySelector("mark");
    if (!mark) return -1;
    const before = document.createRange();
    before.setStart(code, 0);
    before.setEndBefore(mark);
    return bytesOf(before.cloneContents()).length;
  };

  const dump = (code) => {
    const bytes = code.dataset.hex ? code.dataset.hex.match(/../g).map((pair) => parseInt(pair, 16)) : bytesOf(code);
    const struck = struckAt(code);
    const made = document.createElement("pre");
    made.className = "hex";
    for (let at = 0; at < bytes.length; at += WIDE) {
      const line = bytes.slice(at, at + WIDE);
      made.append(`${at.toString(16).padStart(4, "0")}  `);
      line.forEach((byte, index) => {
        const pair = document.createElement(at + index === struck ? "mark" : "span");
        pair.textContent = byte.toString(16).padStart(2, "0");
        made.append(pair, " ");
      });
      const text = line.map((byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : ".")).join("");
      made.append(`${"   ".repeat(WIDE - line.length)} ${text}\n`);
    }
    return made;
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-view]");
    if (!button) return;
    const rows = button.closest(".rows");
    const on = button.getAttribute("aria-pressed") === "false";
    button.setAttribute("aria-pressed", String(on));
    rows.classList.toggle(button.dataset.view, on);
    if (button.dataset.view !== "hex") return;
    if (on) for (const code of all(".log code", rows)) code.after(dump(code));
    else for (const made of all(".hex", rows)) made.remove();
  });
});
