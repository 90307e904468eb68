/* Draws the data of the page with Leaflet. Every name goes in as text, never as markup. */
(function () {
  "use strict";
  var data = JSON.parse(document.getElementById("data").textContent);
  var calm = window.matchMedia && matchMedia("(prefers-reduced-motion: reduce)").matches;
  var map = L.map("map", { zoomControl: true, zoomAnimation: !calm, fadeAnimation: !calm, minZoom: 3, maxZoom: 14, zoomSnap: 0.25, zoomDelta: 0.5 });
  map.attributionControl.setPrefix(false);
  map.createPane("base").style.zIndex = 300;
  map.createPane("middle").style.zIndex = 380;
  var canvas = L.canvas({ pane: "base", padding: 0.3 });

  function text(tag, words, className) {
    var element = document.createElement(tag);
    element.textContent = words;
    if (className) { element.className = className; }
    return element;
  }

  var baseStyles = {
    countries: { color: "#a59f95", weight: 0.6, fill: true, fillColor: "#f6f3ec", fillOpacity: 1 },
    water: { color: "#7fa6bf", weight: 0.6, fill: true, fillColor: "#c9dde8", fillOpacity: 1 },
    rivers: { color: "#7fa6bf", weight: 1, fill: false },
    boundaries: { color: "#4a4f57", weight: 1.4, fill: false },
    roads: { color: "#b08968", weight: 0.9, fill: false }
  };
  data.base.forEach(function (layer) {
    var style = baseStyles[layer.name] || { color: "#a59f95", weight: 0.6, fill: false };
    L.geoJSON(layer.data, {
      interactive: false, renderer: canvas, pane: "base",
      style: function () { return style; },
      pointToLayer: function (feature, at) { return L.circleMarker(at, { radius: 2, renderer: canvas, pane: "base" }); }
    }).addTo(map);
  });

  var control = L.control.layers(null, null, { collapsed: false });
  function overlay(group, title, colour, on) {
    var label = document.createElement("span");
    var swatch = text("span", "", "swatch");
    swatch.style.background = colour;
    label.appendChild(swatch);
    label.appendChild(document.createTextNode(title));
    control.addOverlay(group, label.outerHTML);
    if (on) { group.addTo(map); }
  }

  var modes = [];
  data.corridors.forEach(function (corridor) {
    if (modes.indexOf(corridor.mode) < 0) { modes.push(corridor.mode); }
  });
  modes.forEach(function (mode, at) {
    var ways = L.layerGroup();
    data.corridors.filter(function (c) { return c.mode === mode; }).forEach(function (corridor) {
      var popup = document.createElement("div");
      popup.appendChild(text("div", corridor.name, "popup-name"));
      popup.appendChild(text("div", corridor.text));
      L.geoJSON(corridor.area, { pane: "middle", style: { color: "#8c2d04", weight: 0.8, fillColor: "#fe9929", fillOpacity: 0.35 } })
        .bindPopup(popup).addTo(ways);
      L.geoJSON(corridor.route, { pane: "middle", style: { color: "#5a1a00", weight: 2.5 } }).bindPopup(popup).addTo(ways);
    });
    overlay(ways, "Corridors" + (mode ? ", " + mode : "") + " (modelled)", "#fe9929", at === 0);
  });
  if (data.rings) {
    overlay(L.geoJSON(data.rings, {
      interactive: false, pane: "middle", style: { color: "#4c545b", weight: 1, dashArray: "4 4", fill: false }
    }), "Rings", "#4c545b", false);
  }
  data.layers.forEach(function (layer) {
    var group = L.geoJSON(layer.data, {
      style: function () { return { color: layer.colour, weight: 1.6, fillOpacity: 0.15 }; },
      pointToLayer: function (feature, at) {
        return L.circleMarker(at, { radius: 4, color: "#ffffff", weight: 1, fillColor: layer.colour, fillOpacity: 1 });
      },
      onEachFeature: function (feature, shape) {
        if (feature.properties.name) { shape.bindPopup(text("div", feature.properties.name, "popup-name")); }
      }
    });
    overlay(group, layer.title, layer.colour, false);
  });

  var sites = L.layerGroup();
  data.sites.forEach(function (site) {
    if (site.area) {
      L.geoJSON(site.area, { interactive: false, pane: "middle", style: { color: "#b3261e", weight: 1, dashArray: "3 3", fillColor: "#b3261e", fillOpacity: 0.18 } }).addTo(sites);
    }
    var popup = text("div", "", "popup");
    popup.appendChild(text("div", site.name, "popup-name"));
    if (site.local) {
      var local = text("bdi", site.local);
      local.lang = "ar";
      popup.appendChild(local);
    }
    var list = document.createElement("dl");
    site.facts.forEach(function (fact) {
      list.appendChild(text("dt", fact[0]));
      list.appendChild(text("dd", fact[1]));
    });
    popup.appendChild(list);
    L.circleMarker([site.lat, site.lon], { radius: 6.5, color: "#ffffff", weight: 1.5, fillColor: "#b3261e", fillOpacity: 1 })
      .bindTooltip(text("span", site.name), { permanent: true, direction: "right", offset: [8, 0], className: "site-label" })
      .bindPopup(popup)
      .addTo(sites);
  });
  overlay(sites, "Named sites", "#b3261e", true);
  control.addTo(map);
  L.control.scale({ imperial: true, metric: true }).addTo(map);
  map.fitBounds(data.bounds);
  document.documentElement.setAttribute("data-ready", "true");
})();
