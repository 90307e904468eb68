/* Search by any spelling: what is typed becomes keys, and what shares a key with it is found. */
geoops.search = function (data, look, drawn, panel) {
  "use strict";
  const keys = geoops.keys(data.rules), map = drawn.map;
  const input = document.getElementById("search"), list = document.getElementById("found");
  const things = [];
  let found = [], active = -1;

  function file(thing, weight, kind, open) { if (thing.keys) { things.push({ thing, keys: thing.keys.split(" "), weight, kind, open }); } }
  data.sites.forEach((site) => file(site, 3, () => look.say("site"), () => {
    panel.set("sites", true);
    map.setView([site.lat, site.lon], Math.max(map.getZoom(), 8.5), { animate: false });
    site.marker.openPopup();
  }));
  data.layers.forEach((layer) => layer.features.forEach((feature) => file(feature, 2, () => drawn.overlays.get(layer.name).title(), () => {
    panel.set(layer.name, true);
    map.fitBounds(feature.shapes.getBounds(), { maxZoom: 9, padding: [40, 40], animate: false });
    feature.shapes.openPopup();
  })));
  data.labels.forEach((label) => file(label, label.kind === "country" ? 1.5 : 1, () => look.say("kind." + label.kind), () => {
    map.setView([label.lat, label.lon], label.kind === "country" ? 6 : Math.max(map.getZoom(), 8.5), { animate: false });
  }));

  /* How well a thing's keys meet those of the query, 0 for not at all. */
  function score(held, asked, start) {
    let best = 0;
    held.forEach((key) => {
      if (asked.has(key)) {
        best = Math.max(best, key[0] === "=" ? 6 : key[0] === "~" ? 1 : key[0] === "#" ? 4 : 5);
      } else if (start.length > 2 && key[0] === "=" && key.startsWith(start)) {
        best = Math.max(best, 3);
      }
    });
    return best;
  }

  function find(query) {
    const asked = keys.ofName(query), start = "=" + keys.articleForm(query);
    return things.map((entry) => ({ ...entry, score: score(entry.keys, asked, start) })).filter((entry) => entry.score > 0)
      .sort((a, b) => b.score - a.score || b.weight - a.weight || (b.thing.people || 0) - (a.thing.people || 0)).slice(0, 8);
  }

  function mark(at) {
    active = at;
    Array.from(list.children).forEach((item, i) => item.setAttribute("aria-selected", String(i === at)));
    if (at >= 0) { input.setAttribute("aria-activedescendant", "found-" + at); } else { input.removeAttribute("aria-activedescendant"); }
  }

  function show() {
    found = input.value.trim() ? find(input.value) : [];
    list.replaceChildren();
    found.forEach((entry, i) => {
      const item = look.element("li");
      item.id = "found-" + i;
      item.setAttribute("role", "option");
      item.append(look.element("bdi", look.name(entry.thing)), look.element("span", entry.kind(), "sort"));
      item.addEventListener("mousedown", (event) => event.preventDefault());
      item.addEventListener("click", () => open(i));
      list.append(item);
    });
    mark(-1);
    list.hidden = found.length === 0;
    input.setAttribute("aria-expanded", String(found.length > 0));
    if (input.value.trim()) { look.tell(found.length ? look.say("found", found.length) : look.say("not found")); }
  }

  function open(at) {
    const entry = found[at];
    if (!entry) { return; }
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    mark(-1);
    entry.open();
    look.tell(look.say("shown", look.name(entry.thing)));
  }

  input.addEventListener("input", show);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (found.length) { mark((active + (event.key === "ArrowDown" ? 1 : -1) + found.length) % found.length); }
      event.preventDefault();
    } else if (event.key === "Enter") {
      open(Math.max(active, 0));
    } else if (event.key === "Escape") {
      input.value = "";
      show();
    }
  });
  input.addEventListener("blur", () => { list.hidden = true; });
  input.addEventListener("focus", () => { list.hidden = found.length === 0; });
  return { find, keys };
};
