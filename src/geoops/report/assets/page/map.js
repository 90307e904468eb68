/* The map: its quiet base, sites with how surely they are placed, layers, rings, corridors, ensembles. It draws what the
   page holds and computes nothing. Names go in as text, never as markup. */
geoops.map = function (data, look) {
  "use strict";
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const map = L.map("map", {
    zoomControl: false, zoomAnimation: !calm, fadeAnimation: !calm, markerZoomAnimation: !calm, inertia: !calm,
    minZoom: 0, maxZoom: 13, zoomSnap: 0.25, zoomDelta: 0.5, attributionControl: false, closePopupOnClick: true
  });
  map.fitBounds(data.bounds, { animate: false, padding: [12, 12] });
  map.setMinZoom(Math.min(3, Math.floor(map.getZoom())));  // all sites can be seen at once, over whatever continents they lie
  const zoom = L.control.zoom().addTo(map);
  L.control.scale({ imperial: true, metric: true, maxWidth: 130 }).addTo(map);
  ["base", "marks", "names"].forEach((pane, i) => { map.createPane(pane).style.zIndex = 300 + 50 * i; });
  map.getPane("names").style.pointerEvents = "none";
  const under = L.canvas({ pane: "base", padding: 0.25 });
  const over = L.canvas({ pane: "marks", padding: 0.25, tolerance: 4 });
  const restyled = [];  // [layer, () => style]: drawn again when colours change

  function styled(layer, style) {
    restyled.push([layer, style]);
    return layer;
  }

  /* A shape as Leaflet layers, all with one style. */
  function put(shape, style, options, group) {
    const read = geoops.shapes.read(shape);
    if (read.areas.length) { styled(L.polygon(read.areas, { ...style(), ...options }), style).addTo(group); }
    if (read.lines.length) {
      const line = () => ({ ...style(), fill: false });
      styled(L.polyline(read.lines, { ...line(), ...options }), line).addTo(group);
    }
    return read;
  }

  // The base.
  const BASE = {
    countries: () => ({ color: look.colour("land"), weight: 0.7, fill: true, fillColor: look.colour("land"), fillOpacity: 1 }),
    water: () => ({ color: look.colour("waterline"), weight: 0.6, fill: true, fillColor: look.colour("water"), fillOpacity: 1 }),
    rivers: () => ({ color: look.colour("waterline"), weight: 1, fill: false }),
    roads: () => ({ color: look.colour("road"), weight: 0.9, fill: false }),
    provinces: () => ({ color: look.colour("admin1"), weight: 0.7, fill: false }),
    international: () => ({ color: look.colour("boundary"), weight: 1.6, fill: false }),
    disputed: () => ({ color: look.colour("boundary"), weight: 1.5, dashArray: "6 3", fill: false }),
    control: () => ({ color: look.colour("boundary"), weight: 1.6, dashArray: "2 3", fill: false })
  };
  data.base.forEach((layer) => {
    const style = BASE[layer.name] || (() => ({ color: look.colour("admin1"), weight: 0.8, fill: false }));
    put(layer.shape, style, { interactive: false, renderer: under, pane: "base" }, map);
  });

  // What can be switched: id -> {group, title, swatch, count}.
  const overlays = new Map();

  function box(title, lines) {
    const made = look.element("div", "", "popup");
    made.appendChild(look.element("div", title, "popup-name"));
    const list = made.appendChild(look.element("dl"));
    lines.filter((line) => line[1]).forEach(([label, value]) => {
      list.appendChild(look.element("dt", label));
      const words = list.appendChild(look.element("dd"));
      words.appendChild(look.element("bdi", value));
    });
    return made;
  }

  // Rings.
  if (data.rings.length) {
    const group = L.layerGroup();
    const style = () => ({ color: look.colour("transport"), weight: 1.1, dashArray: "5 4", fill: false });
    data.rings.forEach((ring) => put(ring.shape, style, { interactive: false, renderer: under, pane: "base" }, group));
    overlays.set("rings", { group, title: () => look.say("rings", data.rings_km.join(", ")), swatch: () => geoops.marks.swatch("line", { stroke: "var(--transport)", "stroke-dasharray": "5 3" }), count: 0 });
  }

  // Layers.
  data.layers.forEach((layer) => {
    const group = L.layerGroup();
    const point = (feature) => () => ({
      color: look.colour(feature.off ? layer.role : "halo"), weight: feature.off ? 1.6 : 1,
      fillColor: look.colour(feature.off ? "halo" : layer.role), fillOpacity: 1
    });
    const line = (feature) => () => ({ color: look.colour(layer.role), weight: 1.7, dashArray: feature.rough ? "2 4" : feature.off ? "7 4" : null, fillColor: look.colour(layer.role), fillOpacity: 0.15 });
    const build = (feature) => {
      feature.read = geoops.shapes.read(feature.shape);
      const show = () => box(look.name(feature), [
        [look.say("layer"), look.say("layer." + layer.name) === "layer." + layer.name ? layer.title : look.say("layer." + layer.name)],
        [look.say("status"), feature.status ? look.status(feature.status) + (feature.date ? " (" + feature.date + ")" : "") : ""],
        [look.say("placed"), feature.within ? look.km(feature.within) : ""],
        [look.say("course"), feature.rough ? look.say("schematic") : ""]
      ]);
      feature.shapes = L.featureGroup().addTo(group);
      put({ lines: feature.shape.lines, areas: feature.shape.areas }, line(feature), { renderer: over, pane: "marks" }, feature.shapes);
      feature.read.points.forEach((at) => styled(
        geoops.marks.mark(at, { ...point(feature)(), radius: 4.5, form: layer.form, renderer: over, pane: "marks" }), point(feature)
      ).addTo(feature.shapes));
      feature.shapes.bindPopup(show);
    };
    // Made when it is first asked for: the map stands sooner.
    const ready = () => {
      if (!layer.ready) { layer.features.forEach(build); }
      layer.ready = true;
    };
    overlays.set(layer.name, {
      ready, group, count: layer.features.length, layer,
      title: () => (look.say("layer." + layer.name) === "layer." + layer.name ? layer.title : look.say("layer." + layer.name)),
      swatch: () => geoops.marks.swatch(layer.form, layer.form === "line" ? { stroke: "var(--" + layer.role + ")" } : { fill: "var(--" + layer.role + ")" })
    });
  });

  // Sites: the dot, and the disc or area within which the place surely lies.
  const sites = L.layerGroup();
  const disc = () => ({ color: look.colour("site"), weight: 1.1, dashArray: "4 3", fillColor: look.colour("site"), fillOpacity: 0.14 });
  data.sites.forEach((site) => {
    site.read = geoops.shapes.read(site.area || {});
    if (site.area) { put(site.area, disc, { interactive: false, renderer: under, pane: "base" }, sites); }
    const icon = L.divIcon({ className: site.extent ? "site area" : "site", iconSize: [15, 15], html: "" });
    site.marker = L.marker([site.lat, site.lon], { icon, title: site.name, alt: site.name, pane: "markerPane", riseOnHover: true });
    site.marker.bindPopup(() => box(look.name(site), [
      [look.say("also"), [site.name, site.local].filter((n) => n && n !== look.name(site)).join(", ")],
      [look.say("why"), site.note], [look.say("where"), geoops.where(data, look, site)],
      [look.say("position"), site.lat.toFixed(4) + ", " + site.lon.toFixed(4)],
      [look.say("placed"), site.extent ? look.say("in area") : site.within ? look.km(site.within) : ""],
      [look.say("reading"), site.ambiguous ? look.say("ambiguous") : ""], [look.say("source"), data.origins[site.source]]
    ]));
    site.marker.addTo(sites);
  });
  overlays.set("sites", { group: sites, count: data.sites.length, title: () => look.say("sites"), swatch: () => geoops.marks.swatch("dot", { fill: "var(--site)" }) });

  function relabel() {
    zoom._zoomInButton.title = look.say("zoom in");
    zoom._zoomOutButton.title = look.say("zoom out");
    zoom._zoomInButton.setAttribute("aria-label", look.say("zoom in"));
    zoom._zoomOutButton.setAttribute("aria-label", look.say("zoom out"));
    zoom.setPosition(look.language() === "ar" ? "topright" : "topleft");
    data.sites.forEach((site) => {
      site.marker.options.title = site.marker.options.alt = look.name(site);
      const drawn = site.marker.getElement();
      if (drawn) {
        drawn.title = look.name(site);
        drawn.setAttribute("aria-label", look.name(site));
      }
    });
  }
  let colours = "";
  look.onChange(() => {
    if (colours !== look.theme()) {
      if (colours) { restyled.forEach(([layer, style]) => layer.setStyle(style())); }
      colours = look.theme();
    }
    relabel();
    map.closePopup();
  });

  /* For paper: each canvas drawn at once, not with the next frame, and set as a picture. Browsers print a canvas as the
     strokes that made it, and its clearing wipes out what lies beneath. */
  function freeze(on) {
    document.querySelectorAll("img.frozen").forEach((picture) => picture.remove());
    [under, over].filter((canvas) => canvas._map).forEach((canvas) => {
      canvas._container.style.visibility = on ? "hidden" : "";
      if (!on) { return; }
      L.Util.cancelAnimFrame(canvas._redrawRequest);
      canvas._redraw();
      const picture = look.element("img", "", "frozen leaflet-layer");
      picture.alt = "";
      picture.decoding = "sync";
      picture.src = canvas._container.toDataURL();
      picture.style.cssText = canvas._container.style.cssText;
      picture.style.visibility = "visible";
      picture.style.maxWidth = "none";
      canvas._container.after(picture);
    });
  }

  return { freeze, map, overlays, put, styled, box, under, over };
};

/* Division and country of a site, in the language of the page. */
geoops.where = function (data, look, site) {
  "use strict";
  const countries = (site.country || "").split(";").filter(Boolean).map((code) => (data.countries[code] ? look.name(data.countries[code]) : code));
  return [site.admin1, countries.join(look.say("comma"))].filter(Boolean).join(look.say("comma"));
};
