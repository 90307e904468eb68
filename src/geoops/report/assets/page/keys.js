/* Keys of what a reader types, by the gazetteer's own rules, which come with the page (`gazetteer/key_rules.py`). */
geoops.keys = function (rules) {
  "use strict";
  const ARABIC = /[\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufefc]/;
  const ASCII = /^[\x00-\x7f]*$/;
  const silent = new Set(Array.from(rules.silent));
  const articles = new Set(rules.articles), leading = new Set(rules.leading), bare = new Set(rules.bare);
  const assimilated = new RegExp("^" + rules.assimilated), glued = new RegExp(rules.glued, "g"), marks = new RegExp(rules.marks);
  const soundOf = new Map(rules.sounds), sound = new RegExp(rules.sounds.map((pair) => pair[0]).join("|"), "g");
  const folded = new Map();

  /* Case folded as Unicode has it; three letters differ from what lower case makes of them. */
  function lower(text) {
    return text.toLowerCase().replace(/ς/g, "σ").replace(/ß/g, "ss").replace(/[\u{ab70}-\u{abbf}]/gu, (c) => c.toUpperCase());
  }

  function swap(text, table) {
    return Array.from(text).map((c) => (c in table ? table[c] : c)).join("");
  }

  function fold(c) {
    if (folded.has(c)) { return folded.get(c); }
    let text = c;
    if (/[\u202a-\u202e\u2066-\u2069]/.test(c) || (/\p{Cc}/u.test(c) && !/\s/.test(c))) {
      text = "";
    } else {
      for (let i = 0; i < 4; i += 1) {
        const before = text;
        text = lower(text.normalize("NFKD")).normalize("NFKD").replace(/\p{Mn}/gu, "");
        text = swap(Array.from(text).filter((k) => !silent.has(k)).join(""), rules.letters);
        text = text.replace(/[^\p{L}\p{N}\p{Mc}]/gu, " ");
        if (text === before) { break; }
      }
    }
    folded.set(c, text);
    return text;
  }

  function words(text) { return text.split(" ").filter(Boolean); }

  function normal(name) {
    const text = words(Array.from(name).slice(0, 4 * rules.limit).map(fold).join("")).join(" ");
    return Array.from(text.normalize("NFC")).slice(0, rules.limit).join("").trim();
  }

  function stripArticles(list) {
    const kept = [];
    list.forEach((word, i) => {
      const next = list[i + 1] || "";
      if (next && (articles.has(word) || (i === 0 && leading.has(word)))) { return; }
      const joined = assimilated.exec(word);
      if (joined && next.startsWith(joined[1])) { return; }
      const article = (word.startsWith("ال") && word.length >= 4) || (word.startsWith("لل") && word.length >= 5);
      kept.push(article ? word.slice(2) : word);
    });
    return kept.length ? kept : list;
  }

  function articleForm(name) { return stripArticles(words(normal(name))).join(""); }

  function vowelClass(run) {
    const classes = swap(run.replace(/ee/g, "i"), rules.vowels);
    return classes.replace(/(.)\1+/g, "$1") || "A";
  }

  function single(text) { return text.replace(/([^AIU])\1+/gu, "$1"); }

  function soundsOfWord(word, cIs) {
    if (!ASCII.test(word)) { return ARABIC.test(word) ? swap(word, rules.arabic) : word; }
    let text = word.replace(/cc/g, "c").replace(sound, (m) => soundOf.get(m)).replace(/c/g, cIs), head = "";
    if (/^[wy]./.test(text)) {
      head = text[0].toUpperCase();
      text = text.slice(1);
    }
    return single(head + text.replace(/[aeiouyw]+/g, vowelClass));
  }

  function withoutFinalVowel(word) {
    if (!ASCII.test(word)) { return /[ها]$/.test(word) && word.length > 3 ? word.slice(0, -1) : word; }
    const shorter = word.replace(/[AIU]+h?$/, "");
    return shorter.replace(/[AIU]/g, "").length < 2 ? word : shorter;
  }

  function romanised(name) {
    let lowered = lower(Array.from(name).slice(0, 4 * rules.limit).join("").normalize("NFC")).replace(/ê/g, "ei");
    lowered = lowered.replace(/š/g, "sh").replace(/[çč]/g, "ch").replace(/ž/g, "j");
    let spellings = [lowered];
    if (lowered.includes("ş")) {
      const plain = lowered.replace(/ş/g, "s");
      spellings = marks.test(lowered.normalize("NFC")) ? [plain] : [lowered.replace(/ş/g, "sh"), plain];
    }
    const keys = new Set();
    spellings.forEach((spelling) => {
      const form = normal(spelling), forms = [form];
      const apart = ASCII.test(form) ? form.replace(glued, "") : form;
      if (apart !== form && apart.replace(/ /g, "").length >= 3) { forms.push(apart); }
      forms.forEach((text) => {
        const list = stripArticles(words(text));
        const readings = text.replace(/ch/g, "").replace(/ck/g, "").includes("c") ? ["k", "j"] : ["k"];
        readings.forEach((cIs) => {
          const sounds = list.map((word) => soundsOfWord(word, cIs));
          if (sounds.length) { sounds.push(withoutFinalVowel(sounds.pop())); }
          keys.add(single(sounds.join("")));
        });
      });
    });
    keys.delete("");
    return Array.from(keys);
  }

  function transliterated(name) {
    const form = normal(name);
    if (!ARABIC.test(form)) { return form; }
    return stripArticles(words(form)).map((word) => {
      let sounds = swap(word, rules.arabic);
      if (sounds.length > 2 && sounds.endsWith("ه")) { sounds = sounds.slice(0, -1) + "ا"; }
      return swap(sounds, rules.consonants);
    }).join(" ");
  }

  function skeleton(name) {
    const keys = romanised(ARABIC.test(name) ? transliterated(name) : name);
    return keys.length && ASCII.test(keys[0]) ? swap(keys[0], rules.bones) : "";
  }

  /* The ways to take a word such as Jabal or camp off a name: [[rest, group], ...]. */
  function splitFeature(name) {
    const list = words(normal(name)), found = new Map();
    for (let size = Math.min(4, list.length - 1); size > 0; size -= 1) {
      [[list.slice(0, size), list.slice(size)], [list.slice(-size), list.slice(0, -size)]].forEach(([head, tail]) => {
        let group = rules.words[head.join(" ")];
        if (group === undefined && size > 1 && /^(the|al|el)$/.test(head[0])) { group = rules.words[head.slice(1).join(" ")]; }
        if (group === undefined) { return; }
        const rest = tail.length > 1 && tail[0] === "of" ? tail.slice(1) : tail;
        if (rest.length && !(rest.join(" ") in rules.words)) { found.set(rest.join(" ") + "|" + group, [rest.join(" "), group]); }
      });
    }
    Array.from(found.values()).forEach(([outer, group]) => {
      splitFeature(outer).forEach(([inner, again]) => {
        if (again === group) { found.set(inner + "|" + group, [inner, group]); }
      });
    });
    return Array.from(found.values());
  }

  /* All keys of a name, whatever kind of place it may be. */
  function ofName(name) {
    const keys = new Set(romanised(name));
    const spelt = articleForm(name);
    if (spelt && (ASCII.test(spelt) || ARABIC.test(spelt))) { keys.add("=" + spelt); }
    const bones = [name];
    splitFeature(name).forEach(([rest, group]) => {
      romanised(rest).forEach((key) => {
        keys.add("#" + group + ":" + key);
        if (bare.has(group)) { keys.add(key); }
      });
      if (!bare.has(group)) { return; }
      bones.push(rest);
      if (ASCII.test(rest) || ARABIC.test(rest)) { keys.add("=" + articleForm(rest)); }
    });
    bones.map(skeleton).forEach((key) => { if (key.length >= rules.skeleton) { keys.add("~" + key); } });
    return keys;
  }

  return { normal, articleForm, romanised, skeleton, splitFeature, ofName };
};
