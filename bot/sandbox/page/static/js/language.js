// The language of a text, for screen readers. The Bot API does not name it, so it is guessed from letters and common words.

const WORDS = {
  en: "the of and to in is you that it for with are this your on at be have has from not they we what by as was or an will but if can no here there when more all about which their only do so",
  de: "der die das den dem des und ist nicht du ich sie wir ein eine einen zu mit für auf von in im es sich auch werden wird deine wie noch nach bei keine kein diese dieser nur oder wenn hier kommt hat um aus über alle vor mehr was wer so",
  fr: "le la les des et est une un du de vous dans pour que qui pas avec sur au aux ce ne il elle nous votre sont ou par en à cette ces son ses si ici rien tout avez plus été sans chaque quand aucune",
  es: "el la los las de que y en un una es por con para no se del su al lo como más tu sus o a son te ha han este esta nada todo hay ya sin cada desde cuando está ser sobre",
  pl: "i w na z że nie do się jest to o jak dla po od za są czy lub a przez co ma tylko już go ten ta te które który jeszcze tej jego tego gdy bez przed każdy albo ich było aby",
  it: "il di che e la un una per non sono con del della le gli da in si ci dei anche è nel i a",
  pt: "o a de que e do da em um uma para com não os as no na por mais se você são foi",
  nl: "de het een en van is dat niet ik je op te met voor zijn aan ook er in wordt bij",
  cs: "a se v na je že to s z do i o jsou pro jako ale by nebo si při podle",
  uk: "та й і що не на у в з до як це за від для про є ми ви він вона вони їх його або щоб після також",
  ru: "и что не на у в с до как это за от для о мы вы он она они их его или чтобы после также",
};
// Letters, and French elision, that few of these languages have.
const LETTERS = {
  de: /[äöüß]/gi, fr: /[êèçœùîâ]|(?<!\p{L})(?:[cdjlmnst]|qu)['’](?=\p{L})/giu, es: /[ñ¿¡áíóú]/gi, pl: /[ąęłśźżó]/gi, pt: /[ãõáíóú]/gi, cs: /[řůěáíú]/gi,
  uk: /[іїєґ]/gi, ru: /[ыэъё]/gi,
};
// Scripts of one language, or of one that is far more common than the others.
const SCRIPTS = {
  he: /\p{Script=Hebrew}/gu, ar: /\p{Script=Arabic}/gu, el: /\p{Script=Greek}/gu, ka: /\p{Script=Georgian}/gu, hy: /\p{Script=Armenian}/gu,
  ko: /\p{Script=Hangul}/gu, ja: /[\p{Script=Hiragana}\p{Script=Katakana}]/gu, zh: /\p{Script=Han}/gu, th: /\p{Script=Thai}/gu, hi: /\p{Script=Devanagari}/gu,
};
const CYRILLIC = new Set(["uk", "ru"]);
const LETTER_WEIGHT = 0.5; // names have such letters in any text
const SCRIPT_WEIGHT = 0.25; // about one word for four letters
const LIKELY = 0.4; // one word that only another language has outweighs it
// By how much a line must speak for another language than the whole text, to be marked as such.
const FOREIGN = 1.5;

/** Word → the languages that have it. A word of n languages counts 1/n for each. */
const OWNERS = new Map();
for (const [language, words] of Object.entries(WORDS)) {
  for (const word of words.split(" ")) OWNERS.set(word, [...(OWNERS.get(word) ?? []), language]);
}

let reader = null;

/** Set the language of the person who is shown. */
export function setReader(language) {
  reader = language;
}

/** The code of a text's language, or null without evidence. The likely one, which is the reader's, needs less. */
export function languageOf(text, likely = reader) {
  const points = evidence(text);
  if (likely && text.search(scriptOf(likely)) >= 0) points[likely] = (points[likely] ?? 0) + LIKELY;
  const [first, second] = Object.entries(points).sort(([, a], [, b]) => b - a);
  return first && first[1] > (second?.[1] ?? 0) ? first[0] : null;
}

function scriptOf(language) {
  if (language in SCRIPTS) return SCRIPTS[language];
  return CYRILLIC.has(language) ? /\p{Script=Cyrillic}/u : /\p{Script=Latin}/u;
}

/**
 * The lines of a text that are in another language than the whole: [{language, offset, end}]. Neighbours are joined,
 * and so are lines between them that do not speak for the whole, such as names.
 */
export function foreignLines(text, whole) {
  const parts = [];
  let joins = false;
  for (const { 0: line, index } of text.matchAll(/[^\n]+/g)) {
    const found = evidence(line);
    const language = languageOf(line, null);
    const end = index + line.length;
    const last = parts.at(-1);
    if (!language || language === whole || found[language] - (found[whole] ?? 0) < FOREIGN) {
      joins &&= (found[whole] ?? 0) <= (found[last.language] ?? 0);
    } else if (joins && last.language === language) {
      last.end = end;
    } else {
      parts.push({ language, offset: index, end });
      joins = true;
    }
  }
  return parts;
}

/** How much speaks for each language: {code: points}. */
function evidence(text) {
  const points = {};
  const add = (language, much) => { if (much) points[language] = (points[language] ?? 0) + much; };
  for (const [word] of text.toLowerCase().matchAll(/[\p{L}\p{M}'’]+/gu)) {
    const owners = OWNERS.get(word) ?? [];
    for (const language of owners) add(language, 1 / owners.length);
  }
  const count = (pattern) => text.match(pattern)?.length ?? 0;
  for (const [language, letters] of Object.entries(LETTERS)) add(language, LETTER_WEIGHT * count(letters));
  for (const [language, letters] of Object.entries(SCRIPTS)) add(language, SCRIPT_WEIGHT * count(letters));
  return points;
}
