/* How the page looks and speaks: its language and side, light or dark, its colours, and the words that it says aloud. */
geoops.look = function (data) {
  "use strict";
  const root = document.documentElement;
  const listeners = [];
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  let chosen = "";  // light or dark where the reader chose, else as the system has it
  let printing = false;
  let quiet = true;  // until the page stands, nothing is drawn twice

  function language() { return root.lang; }
  function theme() { return printing ? "light" : chosen || (dark.matches ? "dark" : "light"); }
  function changed() { if (!quiet) { listeners.forEach((listener) => listener()); } }

  /* A text of the page in its language, with {0}, {1} ... filled in. */
  function say(key, ...given) {
    const text = data.words[language()][key];
    return given.reduce((line, value, i) => line.replace("{" + i + "}", String(value)), text === undefined ? key : text);
  }

  /* A layer's word for a state, translated where the page knows it; it is never a key of anything else. */
  function status(word) {
    const key = "status." + word;
    return say(key) === key ? word : say(key);
  }

  function number(value, digits) {
    return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  }

  /* As `core/units.py` writes them: no digits that the number cannot carry. */
  function share(value) {
    const whole = Math.round(100 * value);
    if (whole >= 100 && value < 1) { return ">" + number(99, 0) + " %"; }
    return (whole === 0 && value > 0 ? "<" + number(1, 0) : number(whole, 0)) + " %";
  }
  function km(value) { return say("km", number(value, value < 9.95 ? 1 : 0)); }
  function hours(value) {
    if (Math.round(value * 60) < 60) { return say("minutes", number(value * 60, 0)); }
    return value < 24 ? say("hours", number(value, 1)) : say("days", number(value / 24, 1));
  }
  function bearing(value) { return say("compass").split(" ")[Math.round(value / 45) % 8]; }

  /* The name in the language of the page, where there is one in it. */
  function name(thing) {
    return language() === "ar" && thing.local && /[\u0600-\u06ff]/.test(thing.local) ? thing.local : thing.name;
  }

  function setLanguage(code) {
    if (!(code in data.words)) { return; }
    root.lang = code;
    root.dir = code === "ar" ? "rtl" : "ltr";
    document.querySelectorAll("[data-say]").forEach((element) => { element.textContent = say(element.dataset.say); });
    document.querySelectorAll("[data-km]").forEach((element) => { element.textContent = km(Number(element.dataset.km)); });
    document.querySelectorAll("[data-country]").forEach((element) => {
      const country = data.countries[element.dataset.country];
      if (country) { element.textContent = name(country); }
    });
    document.querySelectorAll("[data-label]").forEach((element) => { element.setAttribute("aria-label", say(element.dataset.label)); });
    document.getElementById("dated").textContent = data.date ? say("as of", "\u200e" + data.date) : say("doubt");
    changed();
  }

  function setTheme(which) {
    chosen = which === "light" || which === "dark" ? which : "";
    root.dataset.theme = theme();
    changed();
  }

  /* Paper is light, whatever the screen is. */
  function setPrinting(on) {
    printing = on;
    root.dataset.theme = theme();
    changed();
  }

  function colour(role) { return getComputedStyle(root).getPropertyValue("--" + role).trim(); }

  function element(tag, words, className) {
    const made = document.createElement(tag);
    if (words) { made.textContent = words; }
    if (className) { made.className = className; }
    return made;
  }

  const live = document.getElementById("live");
  function tell(words) { live.textContent = words; }

  dark.addEventListener("change", () => setTheme(chosen));
  return {
    language, theme, say, status, number, share, km, hours, bearing, name, setLanguage, setTheme, setPrinting, colour, element, tell,
    start: () => { quiet = false; changed(); }, chosen: () => chosen, onChange: (listener) => listeners.push(listener)
  };
};
