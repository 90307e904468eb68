/* Corridors by slack and ensembles by probability: a slider says how wide, and the areas up to there are drawn. */
geoops.bands = function (data, look, drawn) {
  "use strict";
  const made = [];  // {id, steps, groups: one a step, at}

  function tone(i, count) { return "band" + Math.round((count > 1 ? i / (count - 1) : 0.4) * 3); }

  /* One switchable overlay whose areas end at steps; `ways` have bands [[step, shape], ...] and perhaps a route. */
  function add(id, steps, ways, title, narrowLast) {
    const outer = L.layerGroup();
    const groups = steps.map(() => L.layerGroup());
    ways.forEach((way) => {
      way.bands.forEach(([step, shape]) => {
        const i = steps.findIndex((s) => Math.abs(s - step) < 1e-9);
        const role = tone(narrowLast ? steps.length - 1 - i : i, steps.length);
        const style = () => ({ color: look.colour(role + "-edge"), weight: 0.7, fillColor: look.colour(role), fillOpacity: 0.3 });
        drawn.put(shape, style, { renderer: drawn.under, pane: "base", interactive: false }, groups[i]);
      });
    });
    const routes = L.layerGroup().addTo(outer);
    ways.filter((way) => way.route).forEach((way) => {
      const style = () => ({ color: look.colour("route"), weight: 2.4 });
      const halo = () => ({ color: look.colour("halo"), weight: 4.6, opacity: 0.8 });
      drawn.put(way.route, halo, { renderer: drawn.over, pane: "marks", interactive: false }, routes);
      way.shapes = L.featureGroup().addTo(routes);
      drawn.put(way.route, style, { renderer: drawn.over, pane: "marks" }, way.shapes);
      way.shapes.bindPopup(() => drawn.box(geoops.journeyName(data, look, way), [
        [look.say("time"), geoops.journeyTime(look, way)], [look.say("length"), look.km(way.km)],
        [look.say("on roads"), way.roads === undefined ? "" : look.share(way.roads)],
        [look.say("note"), look.say("modelled")]
      ]));
    });
    const band = { id, steps, groups, outer, at: 0 };
    band.set = (at) => {
      band.at = Math.max(0, Math.min(steps.length - 1, at));
      groups.forEach((group, i) => {
        const shown = narrowLast ? i >= band.at : i <= band.at;
        if (shown) { outer.addLayer(group); } else { outer.removeLayer(group); }
      });
      // The narrow above the wide.
      const order = narrowLast ? groups : groups.slice().reverse();
      order.forEach((group) => group.eachLayer((layer) => { if (layer._map) { layer.bringToFront(); } }));
    };
    drawn.map.on("layeradd", (event) => { if (event.layer === outer) { band.set(band.at); } });
    band.set(narrowLast ? 0 : steps.length - 1);
    made.push(band);
    const picture = () => geoops.marks.swatch("area", { fill: "var(--band1)", stroke: "var(--band1-edge)" });
    drawn.overlays.set(id, { group: outer, title, count: ways.length, swatch: picture, band });
  }

  const modes = [];
  data.corridors.forEach((way) => { if (!modes.includes(way.mode)) { modes.push(way.mode); } });
  modes.forEach((mode) => {
    const ways = data.corridors.filter((way) => way.mode === mode);
    add("corridors-" + mode.replace(/ /g, "_"), data.shares, ways, () => look.say("corridors", geoops.mode(look, mode)).replace(/ · $/, ""), false);
  });
  data.ensembles.forEach((ensemble, i) => {
    add("ensemble-" + i, data.chances, [ensemble], () => (ensemble.name ? look.say("ensemble of", geoops.ensembleName(data, look, ensemble.name)) : look.say("ensemble")), true);
  });
  return made;
};

geoops.mode = function (look, mode) {
  "use strict";
  const words = look.say("mode." + mode);
  return words === "mode." + mode ? mode : words;
};

/* The ends of a journey by the names of the sites, where they are sites. */
geoops.journeyName = function (data, look, way) {
  "use strict";
  const named = (name) => {
    const middle = name.endsWith(" (middle)"), plain = middle ? name.slice(0, -9) : name;
    const site = data.sites.find((s) => s.name === plain);
    const words = site ? look.name(site) : plain;
    return middle ? look.say("middle of", words) : words;
  };
  const ends = look.say("from to", named(way.from), named(way.to));
  return way.mode ? ends + " · " + geoops.mode(look, way.mode) : ends;
};

/* An ensemble of a journey on this page is called as the journey is. */
geoops.ensembleName = function (data, look, name) {
  "use strict";
  const way = data.corridors.find((w) => w.from + " to " + w.to + " (" + w.mode + ")" === name);
  return way ? geoops.journeyName(data, look, way) : name;
};

geoops.journeyTime = function (look, way) {
  "use strict";
  const between = way.low !== undefined && way.high !== undefined && way.high - way.low > 0.05;
  return look.hours(way.hours) + (between ? " (" + look.say("to", look.hours(way.low), look.hours(way.high)) + ")" : "");
};
