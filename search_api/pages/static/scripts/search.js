// The search page: what is offered while a person types, values found in their facet, a range drawn over the years.
{
  const later = (action, wait) => { let timer; return (...given) => { clearTimeout(timer); timer = setTimeout(() => action(...given), wait); }; };

  // A search that a newer one overtakes is given up.
  const asker = () => {
    let open;
    return async (address, read) => {
      open?.abort();
      open = new AbortController();
      try {
        const answer = await fetch(address, { signal: open.signal });
        return answer.ok ? await read(answer) : null;
      } catch (error) {
        if (error.name === "AbortError") return undefined;
        return null;
      }
    };
  };

  // The box: a combobox with a list (ARIA 1.2); without a choice Enter searches for the words as they stand.
  for (const box of document.querySelectorAll("input[data-suggest]")) {
    const ask = asker(), list = document.createElement("ul"), form = box.form;
    list.id = `${box.id}-offers`; list.className = "offers"; list.hidden = true;
    list.setAttribute("role", "listbox"); list.setAttribute("aria-label", box.getAttribute("aria-label"));
    box.after(list);
    for (const [name, value] of Object.entries({ role: "combobox", "aria-expanded": "false", "aria-controls": list.id, "aria-autocomplete": "list" }))
      box.setAttribute(name, value);
    let chosen = -1;

    const choose = (place) => {
      chosen = place;
      [...list.children].forEach((line, number) => line.setAttribute("aria-selected", String(number === place)));
      const line = list.children[place];
      if (line) { box.setAttribute("aria-activedescendant", line.id); line.scrollIntoView({ block: "nearest" }); }
      else box.removeAttribute("aria-activedescendant");
    };
    const close = () => { list.hidden = true; box.setAttribute("aria-expanded", "false"); choose(-1); };
    const line = (text, note, address) => {
      const made = document.createElement("li");
      made.id = `${list.id}-${list.children.length}`;
      made.setAttribute("role", "option"); made.setAttribute("aria-selected", "false");
      made.dataset.address = address;
      for (const [said, kind] of [[text, ""], [note, "note"]]) {
        const part = document.createElement("span");
        part.textContent = said; part.className = kind; part.dir = "auto";
        made.append(part);
      }
      made.addEventListener("mousedown", (event) => { event.preventDefault(); location.assign(address); });
      list.append(made);
    };
    const filtered = (token) => {
      const kept = [...new FormData(form)].filter(([name, value]) => name !== "q" && !(name === "filter" && value === token));
      return `${form.action}?${new URLSearchParams([...kept, ["filter", token]])}`;
    };
    const offer = later(async () => {
      const typed = box.value.trim();
      if (typed.length < 2) { close(); return; }
      const found = await ask(`/api/v1/suggest?${new URLSearchParams({ q: typed, size: "6" })}`, (answer) => answer.json());
      if (found === undefined) return;
      if (!found || document.activeElement !== box) { close(); return; }
      list.replaceChildren();
      for (const value of found.values) line(value.label, `${value.property_label} · ${value.count.toLocaleString(document.documentElement.lang)}`, filtered(value.filter));
      for (const item of found.items) line(item.title, box.dataset.item, item.url);
      list.hidden = !list.children.length;
      box.setAttribute("aria-expanded", String(!list.hidden));
      choose(-1);
    }, 150);

    box.addEventListener("input", offer);
    box.addEventListener("blur", close);
    box.addEventListener("keydown", (event) => {
      const length = list.children.length;
      if (event.key === "Escape" && !list.hidden) { event.preventDefault(); close(); }
      else if (event.key === "ArrowDown" && list.hidden) offer();
      else if (list.hidden || !length) return;
      else if (event.key === "ArrowDown") { event.preventDefault(); choose(chosen + 1 < length ? chosen + 1 : -1); }
      else if (event.key === "ArrowUp") { event.preventDefault(); choose(chosen < 0 ? length - 1 : chosen - 1); }
      else if (event.key === "Enter" && chosen >= 0) { event.preventDefault(); location.assign(list.children[chosen].dataset.address); }
    });
  }

  // A facet: its values are looked up in their own page, which works without this.
  for (const form of document.querySelectorAll(".facet form.within")) {
    const ask = asker(), box = form.elements.contains, values = form.parentElement.querySelector("ul");
    const first = values.innerHTML;
    box.addEventListener("input", later(async () => {
      if (!box.value.trim()) { values.innerHTML = first; return; }
      const page = await ask(`${form.action}?${new URLSearchParams(new FormData(form))}`, (answer) => answer.text());
      if (!page) return;
      const found = new DOMParser().parseFromString(page, "text/html").querySelector("main");
      const lines = found.querySelectorAll("ul.columns > li");
      const none = document.createElement("li");
      none.textContent = found.querySelector("p.note")?.textContent ?? "";
      values.replaceChildren(...(lines.length ? [...lines].slice(0, 12) : [none]));
    }, 200));
  }

  // The years: a range is drawn from one bar to another; the fields take it, and send it.
  for (const years of document.querySelectorAll("[data-years]")) {
    const bars = [...years.querySelectorAll("a")], form = years.parentElement.querySelector("form.range");
    let begun = null;
    const under = (event) => {
      const box = years.querySelector("svg").getBoundingClientRect();
      return Math.max(0, Math.min(bars.length - 1, Math.floor((event.clientX - box.left) / box.width * bars.length)));
    };
    const span = (event) => { const ends = [begun, under(event)]; return [Math.min(...ends), Math.max(...ends)]; };
    const draw = (low, high) => bars.forEach((bar, number) => bar.classList.toggle("within", number >= low && number <= high));
    years.addEventListener("dragstart", (event) => event.preventDefault());
    years.addEventListener("pointerdown", (event) => { if (event.button === 0 && event.target.closest("svg")) begun = under(event); });
    addEventListener("pointermove", (event) => { if (begun !== null) draw(...span(event)); });
    addEventListener("pointercancel", () => { begun = null; draw(1, 0); });
    addEventListener("pointerup", (event) => {
      if (begun === null) return;
      const [low, high] = span(event);
      begun = null;
      if (low === high) { draw(1, 0); return; }
      years.addEventListener("click", (click) => click.preventDefault(), { once: true, capture: true });
      form.elements.from.value = bars[low].dataset.low;
      form.elements.to.value = bars[high].dataset.high;
      form.requestSubmit();
    });
  }

  // What is chosen is sent at once.
  for (const form of document.querySelectorAll("form[data-sends]")) {
    form.querySelector("button").hidden = true;
    form.addEventListener("change", () => form.requestSubmit());
  }

  // Browsers that cannot show a closed part on wide pages.
  if (!CSS.supports("selector(::details-content)") && matchMedia("(min-width: 48.01rem)").matches)
    for (const facets of document.querySelectorAll("details.facets")) facets.open = true;
}
