// What is wrong with a page that shows values of others: one line for each fault.
(turning) => {
  const faults = [];
  if (window.hit) faults.push("a script of a value ran");
  const allowed = ["http:", "https:"];
  for (const element of document.querySelectorAll("*")) {
    for (const { name, value } of element.attributes) {
      if (name.startsWith("on") || name === "style") faults.push(`${element.localName} has ${name}`);
      if (["href", "src", "action", "formaction", "xlink:href", "data", "ping"].includes(name)) {
        let scheme = "";
        try { scheme = new URL(value, location.href).protocol; } catch { faults.push(`no address: ${value.slice(0, 80)}`); }
        if (scheme && !allowed.includes(scheme) && !(element.localName === "img" && scheme === "data:")) {
          faults.push(`${element.localName} leads to ${value.slice(0, 80)}`);
        }
      }
    }
  }
  const scripts = [...document.scripts].filter(
    (script) => script.type !== "application/ld+json" && !script.src.startsWith(`${location.origin}/static/`));
  if (scripts.length) faults.push(`a script of a value: ${scripts[0].outerHTML.slice(0, 80)}`);
  const odd = document.querySelector("iframe, object, embed, style, base, video, audio, math, marquee, plaintext, template");
  if (odd) faults.push(`an element of a value: ${odd.localName}`);
  const page = document.scrollingElement;
  if (page.scrollWidth > page.clientWidth) {
    const wide = [...document.querySelectorAll("body *")].filter((one) => one.scrollWidth > page.clientWidth).pop();
    faults.push(`wider than the screen: ${page.scrollWidth}: ${wide?.outerHTML.slice(0, 200)}`);
  }

  // A value with signs that turn the direction of what follows holds them in: no words come behind it in its element.
  const plain = (text) => text.replace(/\s+/g, " ").trim();
  const values = turning.map(plain);
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!/[\u202a\u202b\u202d\u202e\u2066-\u2068]/.test(node.data)) continue;
    let held = node.parentElement;
    while (getComputedStyle(held).display === "inline" && getComputedStyle(held).unicodeBidi === "normal") {
      held = held.parentElement;
    }
    const text = plain(held.textContent), value = values.find((one) => text.includes(one));
    const isPart = values.some((one) => one.includes(text.replace(/^…|…$/g, "")));
    const behind = value ? text.slice(text.indexOf(value) + value.length) : isPart ? "" : text;
    if (/[\p{L}\p{N}]/u.test(behind)) faults.push(`not held in ${held.localName}: ${behind.slice(0, 60)}`);
  }
  return [...new Set(faults)];
}
