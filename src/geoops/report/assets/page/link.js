/* The address holds the view: place and scale, what is shown, how wide, language, light or dark. Print takes the view as it is. */
geoops.link = function (data, look, drawn, panel, bands, measure, labels) {
  "use strict";
  const map = drawn.map, anchor = document.getElementById("permalink");
  let ready = false;

  function written() {
    const at = map.getCenter(), point = measure.point();
    const parts = [
      ["map", map.getZoom().toFixed(2) + "/" + at.lat.toFixed(4) + "/" + at.lng.toFixed(4)],
      ["on", Array.from(drawn.overlays.keys()).filter(panel.on).join(",")],
      ["steps", bands.map((band) => band.at).join(",")], ["lang", look.language()], ["theme", look.chosen()],
      ["at", point ? point[0].toFixed(5) + "/" + point[1].toFixed(5) : ""]
    ];
    return "#" + parts.filter((part) => part[1]).map((part) => part[0] + "=" + encodeURIComponent(part[1]).replace(/%2F/g, "/").replace(/%2C/g, ",")).join("&");
  }

  function write() {
    if (!ready) { return; }
    anchor.href = written();
    // In a notebook's frame there is no address of one's own to keep it in.
    if (location.protocol !== "about:" && location.hash !== anchor.hash) { location.replace(anchor.hash); }
  }

  function numbers(text, count) {
    const found = (text || "").split("/").map(Number);
    return found.length === count && found.every(Number.isFinite) ? found : null;
  }

  /* Take over what an address says, as far as it can be understood. */
  function read() {
    if (!location.hash.includes("=")) { return false; }
    const asked = new Map(location.hash.slice(1).split("&").map((part) => {
      const at = part.indexOf("=");
      try { return [part.slice(0, at), decodeURIComponent(part.slice(at + 1))]; } catch (error) { return ["", ""]; }
    }));
    const place = numbers(asked.get("map"), 3), point = numbers(asked.get("at"), 2);
    if (asked.has("on")) {
      const on = asked.get("on").split(",");
      drawn.overlays.forEach((overlay, id) => panel.set(id, on.includes(id)));
    }
    (asked.get("steps") || "").split(",").forEach((step, i) => {
      if (bands[i] && /^\d+$/.test(step)) { bands[i].set(Number(step)); }
    });
    if (asked.has("theme")) { look.setTheme(asked.get("theme")); }
    if (asked.has("lang")) { look.setLanguage(asked.get("lang")); }
    if (place && Math.abs(place[1]) <= 85 && Math.abs(place[2]) <= 180) { map.setView([place[1], place[2]], place[0], { animate: false }); }
    if (point && Math.abs(point[0]) <= 90 && Math.abs(point[1]) <= 180) { measure.measure(point); }
    return true;
  }

  let before = null;
  function printing(on) {
    if (on && before === null) { before = map.getBounds(); }
    document.documentElement.classList.toggle("printing", on);
    look.setPrinting(on);
    map.invalidateSize({ animate: false, pan: false });
    if (before) { map.fitBounds(before, { animate: false }); }
    drawn.freeze(on);
    labels.place();
    if (!on) { before = null; }
  }

  map.on("moveend layeradd layerremove", (event) => {
    if (!event.layer || Array.from(drawn.overlays.values()).some((overlay) => overlay.group === event.layer)) { write(); }
  });
  look.onChange(write);
  anchor.addEventListener("click", () => look.tell(look.say("linked")));
  window.addEventListener("hashchange", () => { if (location.hash !== anchor.hash) { read(); } });
  window.addEventListener("beforeprint", () => printing(true));
  window.addEventListener("afterprint", () => printing(false));
  document.getElementById("print").addEventListener("click", () => window.print());
  return { read, start: () => { ready = true; write(); } };
};
