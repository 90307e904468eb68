/* Puts the page together, in the order in which its parts need one another. */
(function () {
  "use strict";
  const data = JSON.parse(document.getElementById("data").textContent);
  const look = geoops.look(data);
  const drawn = geoops.map(data, look);
  const bands = geoops.bands(data, look, drawn);
  const panel = geoops.panel(data, look, drawn, bands);
  const measure = geoops.measure(data, look, drawn, panel);
  const labels = geoops.labels(data, look, drawn);
  const link = geoops.link(data, look, drawn, panel, bands, measure, labels);
  data.shown.filter((id) => drawn.overlays.has(id)).forEach((id) => panel.set(id, true));

  const language = document.getElementById("language"), theme = document.getElementById("theme");
  language.addEventListener("click", () => look.setLanguage(look.language() === "ar" ? "en" : "ar"));
  theme.addEventListener("click", () => look.setTheme(look.theme() === "dark" ? "light" : "dark"));
  look.onChange(() => {
    language.textContent = look.say("other language");
    language.lang = look.language() === "ar" ? "en" : "ar";
    theme.textContent = look.say(look.theme() === "dark" ? "light" : "dark");
  });
  document.querySelectorAll("[data-site]").forEach((button) => {
    const site = data.sites[Number(button.dataset.site)];
    button.addEventListener("click", () => {
      panel.set("sites", true);
      drawn.map.setView([site.lat, site.lon], Math.max(drawn.map.getZoom(), 8), { animate: false });
      site.marker.openPopup();
      document.getElementById("map").scrollIntoView({ block: "center" });
      site.marker.getElement().focus({ preventScroll: true });
    });
  });
  look.setTheme("");
  look.setLanguage(document.documentElement.lang);
  link.read();
  look.start();
  link.start();
  document.documentElement.setAttribute("data-ready", "true");
  performance.mark("geoops-ready");

  // What only a reader's typing needs can wait until the map stands.
  setTimeout(() => { geoops.page = { data, look, drawn, bands, panel, measure, search: geoops.search(data, look, drawn, panel) }; }, 0);
}());
