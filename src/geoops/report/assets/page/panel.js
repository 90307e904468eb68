/* Beside the map: a switch a layer (which is the legend too), sliders for what has steps, the journeys, the base's legend. */
geoops.panel = function (data, look, drawn, bands) {
  "use strict";
  const map = drawn.map;
  const list = document.getElementById("layers"), sliders = document.getElementById("sliders");
  const journeys = document.getElementById("journeys"), legend = document.getElementById("legend");
  const ways = document.getElementById("ways");
  const boxes = new Map();
  ways.hidden = bands.length === 0;

  function on(id) { return map.hasLayer(drawn.overlays.get(id).group); }

  function set(id, shown) {
    const overlay = drawn.overlays.get(id);
    if (shown && overlay.ready) { overlay.ready(); }
    if (shown) { map.addLayer(overlay.group); } else { map.removeLayer(overlay.group); }
    if (boxes.has(id)) { boxes.get(id).checked = shown; }
    if (overlay.band) { update(overlay.band); }
  }

  // Switches: sites first, then ways, then what lies round them.
  function place(id) { return id === "sites" ? 0 : drawn.overlays.get(id).band ? 1 : id === "rings" ? 3 : 2; }
  function listLayers() {
    list.replaceChildren();
    boxes.clear();
    const order = Array.from(drawn.overlays.keys()).sort((a, b) => place(a) - place(b));
    order.forEach((id) => {
      const overlay = drawn.overlays.get(id);
      const label = look.element("label", "", "switch"), box = document.createElement("input");
      box.type = "checkbox";
      box.checked = on(id);
      box.dataset.id = id;
      box.addEventListener("change", () => {
        set(id, box.checked);
        look.tell(look.say(box.checked ? "shown" : "hidden", overlay.title()));
      });
      boxes.set(id, box);
      label.append(box, overlay.swatch(), look.element("span", overlay.title()));
      if (overlay.count) { label.append(look.element("span", String(overlay.count), "count")); }
      list.append(label);
    });
  }

  // Sliders.
  const shownSliders = new Map();
  function words(band) {
    const step = look.number(100 * band.steps[band.at], 0);
    return look.say(band.id.startsWith("ensemble") ? "draws" : "longer", step);
  }
  function update(band) {
    const slider = shownSliders.get(band.id);
    if (!slider) { return; }
    slider.box.hidden = !on(band.id);
    slider.input.value = String(band.at);
    slider.input.setAttribute("aria-valuetext", words(band));
    slider.output.textContent = words(band);
  }
  function listSliders() {
    sliders.replaceChildren();
    shownSliders.clear();
    bands.forEach((band) => {
      const box = look.element("div", "", "slider"), input = document.createElement("input");
      const label = look.element("label", drawn.overlays.get(band.id).title()), output = look.element("output");
      input.type = "range";
      input.min = "0";
      input.max = String(band.steps.length - 1);
      input.step = "1";
      input.id = "slider-" + band.id;
      label.htmlFor = output.htmlFor = input.id;
      input.addEventListener("input", () => {
        band.set(Number(input.value));
        update(band);
        map.fire("moveend");
      });
      box.append(label, input, output);
      sliders.append(box);
      shownSliders.set(band.id, { box, input, output });
      update(band);
    });
  }

  // Journeys.
  function listJourneys() {
    journeys.replaceChildren();
    data.corridors.forEach((way) => {
      const item = look.element("li"), button = look.element("button", geoops.journeyName(data, look, way), "link");
      button.type = "button";
      button.addEventListener("click", () => {
        set("corridors-" + way.mode.replace(/ /g, "_"), true);
        map.fitBounds(way.shapes.getBounds(), { padding: [30, 30] });
        look.tell(geoops.journeyName(data, look, way) + ": " + geoops.journeyTime(look, way));
      });
      item.append(button, look.element("span", geoops.journeyTime(look, way) + " · " + look.km(way.km), "small"));
      journeys.append(item);
    });
  }

  // The legend of the base, and of how sites are drawn.
  function listLegend() {
    legend.replaceChildren();
    const has = (name) => data.base.some((layer) => layer.name === name);
    const rows = [
      [data.sites.length > 0, "dot", { fill: "var(--site)" }, "site"],
      [data.sites.some((s) => s.area && !s.extent), "disc", { fill: "var(--site)", "fill-opacity": 0.16, stroke: "var(--site)", "stroke-dasharray": "3 2" }, "site disc"],
      [data.sites.some((s) => s.extent), "area", { fill: "var(--site)", "fill-opacity": 0.16, stroke: "var(--site)", "stroke-dasharray": "4 3" }, "site area"],
      [data.layers.some((l) => l.features.some((f) => f.off)), "disc", { fill: "var(--halo)", stroke: "var(--oil)" }, "off"],
      [has("international"), "line", { stroke: "var(--boundary)", "stroke-width": 1.8 }, "international"],
      [has("disputed"), "line", { stroke: "var(--boundary)", "stroke-width": 1.6, "stroke-dasharray": "5 3" }, "disputed"],
      [has("control"), "line", { stroke: "var(--boundary)", "stroke-width": 1.8, "stroke-dasharray": "2 2.5" }, "control"],
      [has("provinces"), "line", { stroke: "var(--admin1)", "stroke-width": 1.2 }, "provinces"],
      [has("roads"), "line", { stroke: "var(--road)", "stroke-width": 1.4 }, "roads"],
      [has("water"), "area", { fill: "var(--water)", stroke: "var(--waterline)" }, "water"]
    ];
    rows.filter((row) => row[0]).forEach(([, kind, style, key]) => {
      const item = look.element("li");
      item.append(geoops.marks.swatch(kind, style), look.element("span", look.say("legend." + key)));
      legend.append(item);
    });
  }

  function show() {
    listLayers();
    listSliders();
    listJourneys();
    listLegend();
  }
  look.onChange(show);
  return { show, set, on, update };
};
