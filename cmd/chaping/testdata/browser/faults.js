// Returns what is wrong with the page as a list of sentences: names, labels,
// landmarks and contrast as axe would judge them, and width. Run in the page.
(() => {
  const faults = [];
  const fault = (el, what) => faults.push(what + ": " + el.outerHTML.replace(/\s+/g, " ").slice(0, 140));
  const all = (selector) => [...document.querySelectorAll(selector)];
  const shown = (el) => el.checkVisibility() && el.getClientRects().length > 0;
  const nameOf = (el) => {
    const by = (el.getAttribute("aria-labelledby") || "").split(/\s+/).map((id) => document.getElementById(id)?.textContent || "").join(" ");
    const labels = el.labels ? [...el.labels].map((l) => [...l.childNodes].filter((n) => n.nodeType === 3 || !n.matches?.("select, textarea")).map((n) => n.textContent).join(" ")).join(" ") : "";
    return (by || el.getAttribute("aria-label") || labels || el.textContent || "").trim();
  };

  if (document.documentElement.lang !== "zh-CN") faults.push("no language");
  if (!document.title.trim()) faults.push("no title");
  for (const [selector, n] of [["h1", 1], ["main", 1], ["header", 1]]) if (all(selector).length !== n) faults.push(all(selector).length + " of " + selector);
  let level = 0;
  for (const h of all("h1, h2, h3, h4")) {
    if (+h.tagName[1] > level + 1) fault(h, "heading that skips a level");
    if (!h.textContent.trim()) fault(h, "empty heading");
    level = +h.tagName[1];
  }
  const ids = all("[id]").map((el) => el.id);
  for (const id of new Set(ids.filter((id, i) => ids.indexOf(id) !== i))) faults.push("id given twice: " + id);
  for (const el of all("input:not([type=hidden]), select, textarea")) if (!el.labels.length && !el.ariaLabel || !nameOf(el)) fault(el, "field without a label");
  for (const el of all("button, a[href], summary, [role=img], th")) if (shown(el) && !nameOf(el)) fault(el, "nothing to call it by");
  for (const el of all("img:not([alt]), svg:not([role=img]):not([aria-hidden])")) fault(el, "picture without a description");
  for (const el of all("[tabindex]")) if (el.tabIndex > 0) fault(el, "order of the keyboard changed");
  for (const el of all("nav")) if (!el.ariaLabel) fault(el, "navigation without a name");
  for (const el of all("[style], style, script:not([src])")) fault(el, "inline style or script");

  // Contrast (WCAG 2.2, 1.4.3): 4.5, or 3 for large text.
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (css) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = css;
    canvas.fillRect(0, 0, 1, 1);
    const d = canvas.getImageData(0, 0, 1, 1).data;
    return [d[0], d[1], d[2], d[3] / 255];
  };
  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
  const groundOf = (el) => {
    const layers = [];
    for (let e = el; e; e = e.parentElement) layers.push(rgba(getComputedStyle(e).backgroundColor));
    return layers.reverse().reduce((below, top) => over(top, below), rgba("Canvas"));
  };
  const light = (c) => [0.2126, 0.7152, 0.0722].reduce((sum, w, i) => sum + w * (c[i] / 255 <= 0.04045 ? c[i] / 255 / 12.92 : ((c[i] / 255 + 0.055) / 1.055) ** 2.4), 0);
  const contrast = (el, css, style) => {
    const ground = groundOf(el), ink = over(rgba(css), ground);
    const [a, b] = [light(ink), light(ground)].sort((x, y) => y - x);
    const size = parseFloat(style.fontSize), large = size >= 24 || size >= 18.66 && +style.fontWeight >= 700;
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < (large ? 3 : 4.5)) fault(el, "contrast of " + ratio.toFixed(2));
  };
  for (const el of all("body *")) {
    if (!shown(el) || el.disabled) continue;
    const style = getComputedStyle(el);
    if (el.placeholder && !el.value) contrast(el, getComputedStyle(el, "::placeholder").color, style);
    const own = [...el.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()) || /^(INPUT|SELECT|TEXTAREA)$/.test(el.tagName);
    if (own) contrast(el, el instanceof SVGElement ? style.fill : style.color, style);
  }

  if (document.scrollingElement.scrollWidth > innerWidth || innerWidth > screen.width) {
    const wide = all("body *").filter((el) => el.getBoundingClientRect().right > screen.width + 1 && !el.closest(".scroll, .card")).slice(-1)[0];
    fault(wide || document.body, "page of " + document.scrollingElement.scrollWidth + " px on a screen of " + screen.width);
  }
  // Targets for fingers (WCAG 2.2, 2.5.8), those inside text left out.
  for (const el of all("button, select, input:not([type=hidden]), nav a, .facet a, .chip")) {
    const box = el.getBoundingClientRect();
    if (shown(el) && el.tagName !== "SPAN" && (box.height < 24 || box.width < 24)) fault(el, "target of " + Math.round(box.width) + "×" + Math.round(box.height) + " px");
  }
  return faults;
})()
