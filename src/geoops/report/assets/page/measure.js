/* Distances from a point that the reader chooses: to the sites, and to the nearest feature of each layer that is shown. */
geoops.measure = function (data, look, drawn, panel) {
  "use strict";
  const map = drawn.map, shown = L.layerGroup().addTo(map);
  const list = document.getElementById("distances"), from = document.getElementById("measured-from");
  const clear = document.getElementById("clear-distances");
  const narrow = window.matchMedia("(max-width: 860px)");
  const notice = L.popup({ autoClose: true, closeOnClick: false, offset: [0, -4] });
  let point = null;

  /* What is nearest, with the bounds that its uncertainty and the coarseness of the drawing allow: km, nearest first. */
  function measured(at) {
    const rows = data.sites.map((site) => {
      const found = geoops.geodesic.nearest(at, site.extent ? site.read : { points: [[site.lat, site.lon]], lines: [], areas: [] });
      return { thing: site, sort: look.say("site"), ...found, doubt: site.extent ? data.tolerance_km : site.within || 0 };
    });
    rows.sort((a, b) => a.distance - b.distance);
    const nearest = rows.slice(0, 4);
    data.layers.filter((layer) => panel.on(layer.name)).forEach((layer) => {
      let best = null;
      layer.features.forEach((feature) => {
        const found = geoops.geodesic.nearest(at, feature.read);
        if (found && (best === null || found.distance < best.distance)) {
          const coarse = feature.read.lines.length || feature.read.areas.length ? data.tolerance_km : 0;
          best = { thing: feature, sort: drawn.overlays.get(layer.name).title(), ...found, doubt: (feature.within || 0) + coarse };
        }
      });
      if (best) { nearest.push(best); }
    });
    return nearest.map((row) => ({
      ...row, km: row.distance / 1000, low: Math.max(0, row.distance / 1000 - row.doubt), high: row.distance / 1000 + row.doubt
    }));
  }

  function words(row) {
    if (row.within) { return look.say("inside"); }
    const bounds = row.high - row.low > 0.15 ? " (" + look.say("to", look.km(row.low), look.km(row.high)) + ")" : "";
    return look.km(row.km) + bounds + " " + look.bearing(row.bearing);
  }

  function show() {
    shown.clearLayers();
    map.closePopup(notice);
    list.replaceChildren();
    clear.hidden = point === null;
    from.textContent = point === null ? look.say("measure how") : look.say("measured from", point[0].toFixed(4), point[1].toFixed(4));
    if (point === null) { return; }
    const rows = measured(point);
    rows.forEach((row, i) => {
      const item = look.element("li");
      item.append(look.element("span", row.sort, "sort"), look.element("bdi", look.name(row.thing) || look.say("unnamed"), "strong"), look.element("span", words(row), "small"));
      list.append(item);
      if (!row.within && (i === 0 || row.sort !== rows[0].sort)) {
        L.polyline(geoops.geodesic.arc(point, row.at), { color: look.colour("ink"), weight: 1.6, dashArray: "1 4", interactive: false, renderer: drawn.over, pane: "marks" }).addTo(shown);
      }
    });
    L.marker(point, { icon: L.divIcon({ className: "pin", iconSize: [17, 17] }), interactive: false, keyboard: false }).addTo(shown);
    if (!rows.length) { return; }
    if (narrow.matches) {  // the list lies far below: the nearest stand at the point as well
      notice.setLatLng(point).setContent(drawn.box(rows[0].sort, rows.slice(0, 3).map((row) => [look.name(row.thing), words(row)]))).openOn(map);
    } else {
      list.lastChild.scrollIntoView({ block: "nearest" });
    }
    look.tell(look.say("nearest is", look.name(rows[0].thing), words(rows[0])));
  }

  function measure(at) {
    point = at === null ? null : [Math.max(-90, Math.min(90, at[0])), ((at[1] + 180) % 360 + 360) % 360 - 180];
    show();
    map.fire("moveend");
  }

  function middle() {
    const at = map.getCenter();
    measure([at.lat, at.lng]);
  }

  map.on("click", (event) => measure([event.latlng.lat, event.latlng.lng]));
  map.getContainer().addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() === "m" && !event.ctrlKey && !event.metaKey && !event.altKey) { middle(); }
  });
  document.getElementById("measure-middle").addEventListener("click", middle);
  clear.addEventListener("click", () => {
    measure(null);
    document.getElementById("measure-middle").focus();
  });
  map.on("layeradd layerremove", (event) => {
    if (point && Array.from(drawn.overlays.values()).some((overlay) => overlay.group === event.layer)) { show(); }
  });
  look.onChange(show);
  return { measure, measured, show, point: () => point };
};
