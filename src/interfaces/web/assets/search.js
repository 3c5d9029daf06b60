// Type-ahead for the search box, and keeping addresses short: no empty fields, no search that one comes from. The page works
// without it.
"use strict";
(() => {
  // The way back to the results stands on the page by now; what was searched for stays in no address.
  const here = new URL(location.href);
  if (here.searchParams.has("from")) {
    here.searchParams.delete("from");
    history.replaceState(history.state, "", here);
  }

  const form = document.querySelector("form.search");
  const box = document.getElementById("q");
  if (!form || !box) return;

  const list = document.createElement("ul");
  list.className = "suggestions";
  list.id = "suggestions";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", form.dataset.suggestions);
  list.hidden = true;
  // Who does not see the list hears how long it is.
  const told = document.createElement("p");
  told.className = "away";
  told.setAttribute("role", "status");
  box.after(list, told);
  for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"],
    ["aria-controls", list.id], ["aria-expanded", "false"]]) box.setAttribute(name, value);

  let chosen = -1;
  let asked = 0;
  let timer = 0;
  let asking = null;

  const close = () => {
    list.hidden = true;
    told.textContent = "";
    chosen = -1;
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  };

  const mark = (at) => {
    const items = list.children;
    chosen = items.length ? (at + items.length) % items.length : -1;
    [...items].forEach((item, n) => item.setAttribute("aria-selected", String(n === chosen)));
    if (chosen >= 0) box.setAttribute("aria-activedescendant", items[chosen].id);
  };

  // Whoever chooses somebody is led to them: the text alone may be that of several.
  const take = (item) => {
    const lang = form.dataset.lang ? "?lang=" + form.dataset.lang : "";
    if (item.dataset.npi) return location.assign(form.dataset.page + item.dataset.npi + lang);
    box.value = item.dataset.text;
    close();
    form.requestSubmit();
  };

  const show = (suggestions) => {
    list.replaceChildren(...suggestions.map((suggestion, n) => {
      const item = document.createElement("li");
      item.id = "suggestion-" + n;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", "false");
      item.dataset.text = suggestion.text;
      const isSomebody = suggestion.type === "provider" || suggestion.type === "organization";
      if (isSomebody && suggestion.value) item.dataset.npi = suggestion.value;
      const kind = document.createElement("small");
      kind.textContent = suggestion.detail || suggestion.type;
      item.append(suggestion.text, kind);
      // A finger that goes down may be about to scroll: what is taken is taken by a click. A mouse must not take the focus away.
      item.addEventListener("mousedown", (event) => event.preventDefault());
      item.addEventListener("click", () => take(item));
      return item;
    }));
    chosen = -1;
    list.hidden = suggestions.length === 0;
    box.setAttribute("aria-expanded", String(!list.hidden));
    told.textContent = form.dataset.suggestions + ": " + suggestions.length;
  };

  const ask = async () => {
    const text = box.value.trim();
    if (text.length < 2) return close();
    const mine = ++asked;
    if (asking) asking.abort();
    asking = new AbortController();
    try {
      const address = form.dataset.suggest + "?limit=8&q=" + encodeURIComponent(text.slice(0, 100));
      const answer = await fetch(address, { signal: asking.signal });
      if (mine !== asked) return;
      if (!answer.ok) return close();
      const { suggestions } = await answer.json();
      if (document.activeElement === box) show(suggestions || []);
    } catch (error) {
      if (error.name !== "AbortError") close();
    }
  };

  box.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 80); });
  box.addEventListener("blur", close);
  box.addEventListener("keydown", (event) => {
    if (list.hidden) {
      if (event.key === "ArrowDown") ask();
      return;
    }
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      mark(event.key === "ArrowDown" ? chosen + 1 : Math.max(chosen, 0) - 1);
    } else if (event.key === "Enter" && chosen >= 0) {
      event.preventDefault();
      take(list.children[chosen]);
    } else if (event.key === "Escape") {
      event.preventDefault(); // It closes the list; the browser would empty the box, too.
      close();
    }
  });
  form.addEventListener("formdata", (event) => {
    for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
  });
})();
