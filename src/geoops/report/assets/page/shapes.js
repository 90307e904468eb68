/* Reads the short texts in which the page keeps its geometries; `report/page/shapes.py` writes them. */
geoops.shapes = (function () {
  "use strict";
  const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const VALUE = new Uint8Array(128);
  for (let i = 0; i < 64; i += 1) { VALUE[LETTERS.charCodeAt(i)] = i; }

  /* One text -> [[lat, lon], ...]; the first letter says how many decimals. */
  function path(text) {
    const scale = Math.pow(10, Number(text[0]));
    const found = [];
    let at = 1, lon = 0, lat = 0;
    function number() {
      let result = 0, shift = 1, letter;
      do {
        letter = VALUE[text.charCodeAt(at)];
        at += 1;
        result += (letter & 31) * shift;
        shift *= 32;
      } while (letter & 32);
      return result % 2 ? -(result + 1) / 2 : result / 2;
    }
    while (at < text.length) {
      lon += number();
      lat += number();
      found.push([lat / scale, lon / scale]);
    }
    return found;
  }

  /* {points, lines, areas} of texts -> the same of coordinates. */
  function read(shape) {
    return {
      points: (shape.points || []).map((text) => path(text)[0]),
      lines: (shape.lines || []).map(path),
      areas: (shape.areas || []).map((rings) => rings.map(path))
    };
  }

  return { path, read };
}());
