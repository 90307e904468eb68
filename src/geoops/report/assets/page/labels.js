/* Names on the map: sites first, then countries, then towns by rank, each only where it touches no other. */
geoops.labels = function (data, look, drawn) {
  "use strict";
  const map = drawn.map, layer = L.layerGroup().addTo(map);
  const pen = document.createElement("canvas").getContext("2d");
  const FONT = getComputedStyle(document.body).fontFamily;
  const SIZE = { site: 14, country: 13, capital: 12, town: 11.5 };

  function boxAt(point, width, height, place) {
    const gap = 11;
    const x = { right: point.x + gap, left: point.x - gap - width }[place];
    const y = { above: point.y - gap - height, below: point.y + gap }[place];
    return [x === undefined ? point.x - width / 2 : x, y === undefined ? point.y - height / 2 : y, width, height];
  }
  function meet(a, b) { return a[0] < b[0] + b[2] && b[0] < a[0] + a[2] && a[1] < b[1] + b[3] && b[1] < a[1] + a[3]; }

  function place() {
    const size = map.getSize(), taken = [];
    layer.clearLayers();
    const showSites = map.hasLayer(drawn.overlays.get("sites").group);
    if (showSites) {
      data.sites.forEach((site) => {
        const at = map.latLngToContainerPoint([site.lat, site.lon]);
        taken.push([at.x - 8, at.y - 8, 16, 16]);
      });
    }
    const candidates = (showSites ? data.sites.map((site) => ({ kind: "site", thing: site, lat: site.lat, lon: site.lon })) : [])
      .concat(data.labels.map((label) => ({ kind: label.kind, thing: label, lat: label.lat, lon: label.lon })));
    candidates.forEach(({ kind, thing, lat, lon }) => {
      const point = map.latLngToContainerPoint([lat, lon]);
      if (point.x < 0 || point.y < 0 || point.x > size.x || point.y > size.y) { return; }
      const text = look.name(thing);
      pen.font = (kind === "site" ? "600 " : "") + SIZE[kind] + "px " + FONT;
      const width = pen.measureText(text).width * (kind === "country" ? 1.35 : 1) + 8, height = SIZE[kind] + 6;
      const dot = kind === "town" || kind === "capital";
      const places = kind === "country" ? ["middle"] : look.language() === "ar" ? ["left", "right", "above", "below"] : ["right", "left", "above", "below"];
      const own = [point.x - 3, point.y - 3, 6, 6];
      if (dot && taken.some((other) => meet(own, other))) { return; }
      const found = places.map((where) => boxAt(point, width, height, where)).find((box) =>
        box[0] > 2 && box[1] > 2 && box[0] + box[2] < size.x - 2 && box[1] + box[3] < size.y - 2 && !taken.some((other) => meet(box, other)));
      if (!found) { return; }
      taken.push(found);
      if (dot) { taken.push(own); }
      const icon = L.divIcon({
        className: "name " + kind, iconSize: [found[2], found[3]],
        iconAnchor: [point.x - found[0], point.y - found[1]], html: look.element("bdi", text)
      });
      L.marker([lat, lon], { icon, interactive: false, keyboard: false, pane: "names" }).addTo(layer).getElement().setAttribute("aria-hidden", "true");
      if (dot) {
        L.marker([lat, lon], { icon: L.divIcon({ className: "town-dot", iconSize: [5, 5] }), interactive: false, keyboard: false, pane: "names" })
          .addTo(layer).getElement().setAttribute("aria-hidden", "true");
      }
    });
  }

  let waiting = 0;
  function soon() {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(place);
  }
  map.on("moveend zoomend resize layeradd layerremove", (event) => {
    if (!event.layer || event.layer === drawn.overlays.get("sites").group) { soon(); }
  });
  look.onChange(soon);
  return { place };
};
