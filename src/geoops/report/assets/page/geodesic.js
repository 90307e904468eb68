/* Distances on the WGS 84 ellipsoid: Vincenty (1975), and from a point to the nearest part of a shape. Metres and degrees. */
geoops.geodesic = (function () {
  "use strict";
  const A = 6378137.0, F = 1 / 298.257223563, B = A * (1 - F), RAD = Math.PI / 180;

  /* {distance, bearing, exact}; nearly opposite points, where the method does not settle, get the sphere's distance. */
  function inverse(lat1, lon1, lat2, lon2) {
    const L = (((lon2 - lon1) % 360) + 540) % 360 - 180;
    const u1 = Math.atan((1 - F) * Math.tan(lat1 * RAD)), u2 = Math.atan((1 - F) * Math.tan(lat2 * RAD));
    const s1 = Math.sin(u1), c1 = Math.cos(u1), s2 = Math.sin(u2), c2 = Math.cos(u2), start = L * RAD;
    let lambda = start, turns = 0, before, sinS, cosS, sigma, cos2A, cos2M, sinL, cosL;
    do {
      sinL = Math.sin(lambda);
      cosL = Math.cos(lambda);
      sinS = Math.hypot(c2 * sinL, c1 * s2 - s1 * c2 * cosL);
      if (sinS === 0) { return { distance: 0, bearing: 0, exact: true }; }
      cosS = s1 * s2 + c1 * c2 * cosL;
      sigma = Math.atan2(sinS, cosS);
      const sinA = c1 * c2 * sinL / sinS;
      cos2A = 1 - sinA * sinA;
      cos2M = cos2A > 1e-15 ? cosS - 2 * s1 * s2 / cos2A : 0;
      const C = F / 16 * cos2A * (4 + F * (4 - 3 * cos2A));
      before = lambda;
      lambda = start + (1 - C) * F * sinA * (sigma + C * sinS * (cos2M + C * cosS * (2 * cos2M * cos2M - 1)));
      turns += 1;
    } while (Math.abs(lambda - before) > 1e-12 && turns < 200);
    const bearing = (Math.atan2(c2 * sinL, c1 * s2 - s1 * c2 * cosL) / RAD + 360) % 360;
    if (turns === 200 || Math.abs(lambda) > Math.PI) { return { distance: 6371008.8 * sigma, bearing, exact: false }; }
    const k = cos2A * (A * A - B * B) / (B * B);
    const a = 1 + k / 16384 * (4096 + k * (-768 + k * (320 - 175 * k)));
    const b = k / 1024 * (256 + k * (-128 + k * (74 - 47 * k)));
    const more = b * sinS * (cos2M + b / 4 * (cosS * (2 * cos2M * cos2M - 1) -
      b / 6 * cos2M * (4 * sinS * sinS - 3) * (4 * cos2M * cos2M - 3)));
    return { distance: B * a * (sigma - more), bearing, exact: true };
  }

  function distance(from, to) { return inverse(from[0], from[1], to[0], to[1]).distance; }

  /* How far along a segment (0 to 1) a point comes nearest, as on a plane that is true to scale at the point. */
  function along(point, p, q) {
    const shrink = Math.cos(point[0] * RAD);
    const x = (q[1] - p[1]) * shrink, y = q[0] - p[0];
    const length = x * x + y * y;
    if (length === 0) { return 0; }
    return Math.max(0, Math.min(1, ((point[1] - p[1]) * shrink * x + (point[0] - p[0]) * y) / length));
  }

  function between(p, q, t) { return [p[0] + (q[0] - p[0]) * t, p[1] + (q[1] - p[1]) * t]; }

  function plane(point, other) { return Math.hypot((other[1] - point[1]) * Math.cos((point[0] + other[0]) / 2 * RAD), other[0] - point[0]); }

  /* The segment's nearest point on the ellipsoid: the best of the golden section round where the plane has it. */
  function refine(point, p, q) {
    const golden = (Math.sqrt(5) - 1) / 2;
    let low = 0, high = 1;
    for (let i = 0; i < 40; i += 1) {
      const a = high - golden * (high - low), b = low + golden * (high - low);
      if (distance(point, between(p, q, a)) < distance(point, between(p, q, b))) { high = b; } else { low = a; }
    }
    return between(p, q, (low + high) / 2);
  }

  /* Whether a point lies in a polygon: rings of [lat, lon], by counting edges to the east. */
  function inside(point, rings) {
    let odd = false;
    rings.forEach((ring) => {
      for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
        const p = ring[i], q = ring[j];
        if ((p[0] > point[0]) !== (q[0] > point[0]) && point[1] < (q[1] - p[1]) * (point[0] - p[0]) / (q[0] - p[0]) + p[1]) { odd = !odd; }
      }
    });
    return odd;
  }

  /* The nearest part of a shape as `shapes.read` gives it: {distance, bearing, at, within}. */
  function nearest(point, shape) {
    if (shape.areas.some((rings) => inside(point, rings))) { return { distance: 0, bearing: 0, at: point, within: true }; }
    const ends = shape.points.map((at) => ({ rough: plane(point, at), at }));
    shape.lines.concat(...shape.areas).forEach((line) => {
      for (let i = 1; i < line.length; i += 1) {
        const at = between(line[i - 1], line[i], along(point, line[i - 1], line[i]));
        ends.push({ rough: plane(point, at), at, p: line[i - 1], q: line[i] });
      }
    });
    ends.sort((a, b) => a.rough - b.rough);
    let best = null;
    ends.slice(0, 6).forEach((end) => {
      const at = end.p ? refine(point, end.p, end.q) : end.at;
      const found = inverse(point[0], point[1], at[0], at[1]);
      if (best === null || found.distance < best.distance) { best = { distance: found.distance, bearing: found.bearing, at, within: false }; }
    });
    return best;
  }

  /* Points along the great circle from one point to another, to be drawn. */
  function arc(from, to) {
    const v = [from, to].map((p) => [Math.cos(p[0] * RAD) * Math.cos(p[1] * RAD), Math.cos(p[0] * RAD) * Math.sin(p[1] * RAD), Math.sin(p[0] * RAD)]);
    const angle = Math.acos(Math.max(-1, Math.min(1, v[0][0] * v[1][0] + v[0][1] * v[1][1] + v[0][2] * v[1][2])));
    if (angle < 1e-9) { return [from, to]; }
    const found = [];
    for (let i = 0; i <= 32; i += 1) {
      const f = Math.sin((1 - i / 32) * angle) / Math.sin(angle), g = Math.sin(i / 32 * angle) / Math.sin(angle);
      const [x, y, z] = [0, 1, 2].map((k) => f * v[0][k] + g * v[1][k]);
      found.push([Math.atan2(z, Math.hypot(x, y)) / RAD, Math.atan2(y, x) / RAD]);
    }
    return found;
  }

  return { inverse, nearest, inside, arc };
}());
