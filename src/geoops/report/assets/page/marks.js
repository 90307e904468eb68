/* Symbols of features: a form a layer, on the map (drawn on a canvas) and in the legend (SVG), from the same corners. */
geoops.marks = (function () {
  "use strict";
  const FORMS = {
    square: [[-0.85, -0.85], [0.85, -0.85], [0.85, 0.85], [-0.85, 0.85]],
    triangle: [[0, -1.1], [1, 0.75], [-1, 0.75]],
    diamond: [[0, -1.2], [1.2, 0], [0, 1.2], [-1.2, 0]],
    house: [[0, -1.15], [1, -0.25], [1, 0.9], [-1, 0.9], [-1, -0.25]],
    bar: [[-1.25, -0.5], [1.25, -0.5], [1.25, 0.5], [-1.25, 0.5]],
    plus: [[-0.4, -1.1], [0.4, -1.1], [0.4, -0.4], [1.1, -0.4], [1.1, 0.4], [0.4, 0.4], [0.4, 1.1], [-0.4, 1.1], [-0.4, 0.4], [-1.1, 0.4], [-1.1, -0.4], [-0.4, -0.4]]
  };
  const SVG = "http://www.w3.org/2000/svg";

  L.Canvas.include({
    _updateForm(layer) {
      const corners = FORMS[layer.options.form], at = layer._point, r = layer._radius;
      if (!this._drawing || layer._empty()) { return; }
      this._ctx.beginPath();
      corners.forEach((corner, i) => this._ctx[i ? "lineTo" : "moveTo"](at.x + corner[0] * r, at.y + corner[1] * r));
      this._ctx.closePath();
      this._fillStroke(this._ctx, layer);
    }
  });
  const Mark = L.CircleMarker.extend({
    _updatePath() {
      if (this.options.form === "circle") { this._renderer._updateCircle(this); } else { this._renderer._updateForm(this); }
    }
  });

  function drawn(tag, attributes) {
    const made = document.createElementNS(SVG, tag);
    Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
    return made;
  }

  /* A legend's picture: `kind` is line, area, disc, dot, or a form; `style` as CSS. */
  function swatch(kind, style) {
    const picture = drawn("svg", { width: 22, height: 16, viewBox: "0 0 22 16", "aria-hidden": "true", class: "swatch" });
    let inner;
    if (kind === "line") {
      inner = drawn("path", { d: "M1 8H21", fill: "none" });
    } else if (kind === "area") {
      inner = drawn("rect", { x: 2, y: 2.5, width: 18, height: 11 });
    } else if (kind in FORMS) {
      inner = drawn("path", { d: "M" + FORMS[kind].map((c) => (11 + c[0] * 5) + " " + (8 + c[1] * 5)).join("L") + "Z" });
    } else {
      inner = drawn("circle", { cx: 11, cy: 8, r: kind === "disc" ? 7 : 5 });
    }
    Object.entries(style).forEach(([key, value]) => inner.style.setProperty(key, value));
    picture.appendChild(inner);
    return picture;
  }

  return { mark: (at, options) => new Mark(at, options), swatch };
}());
