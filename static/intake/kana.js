/* Keys by which this tablet finds names. The server's keys (disaster/core/names.py) are finer; these find what is typed at a door. */

const SMALL = "ぁぃぅぇぉっゃゅょゎゕゖ";
const LARGE = "あいうえおつやゆよわかけ";
const VOICED = "がぎぐげござじずぜぞだでどばびぶべぼぱぴぷぺぽ";
const PLAIN = "かきくけこさしすせそたてとはひふへほはひふへほ";
const SAME = "ぢづをゐゑ";
const SOUND = "じずおいえ";
const ROWS = { a: "あかさたなはまやらわがざだばぱゃ", i: "いきしちにひみりぎじびぴ", u: "うくすつぬふむゆるぐずぶぷゅ", e: "えけせてねへめれげぜでべぺ", o: "おこそとのほもよろごぞどぼぽょ" };
const VOWEL = Object.fromEntries(Object.entries(ROWS).flatMap(([vowel, letters]) => [...letters].map((letter) => [letter, vowel])));
const LONG = new Set(["oう", "oお", "uう"]);

/* Hiragana; long vowels and small letters folded, ぢづを as じずお, half width and katakana the same, no spaces: オオノ, ｵｰﾉ and おの are one. */
export function kanaKey(kana) {
  const spoken = swap(hiragana(kana).replace(/ゔぁ/g, "ば").replace(/ゔぃ/g, "び").replace(/ゔぇ/g, "べ").replace(/ゔぉ/g, "ぼ").replace(/ゔ/g, "ぶ"), SAME, SOUND);
  let key = "";
  for (const letter of spoken) {
    const before = key ? VOWEL[key.at(-1)] ?? "" : "";
    if (letter === "ー") key += before === "e" ? "い" : "";
    else if (!LONG.has(before + letter)) key += letter;
  }
  return swap(key, SMALL, LARGE);
}

/* Without ゛ and ゜: イガラシ and イカラシ. */
export function voicelessKey(key) {
  return swap(key, VOICED, PLAIN);
}

export function hiragana(text) {
  return text.normalize("NFKC").replace(/[^\p{L}\p{N}\p{M}ー]/gu, "").replace(/[ァ-ヶ]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) - 0x60)).toLowerCase();
}

export function isKana(text) {
  const letters = text.normalize("NFKC").replace(/[\s・･＝=\-‐]/g, "");
  return letters !== "" && /^[ぁ-ゖァ-ヺー]+$/.test(letters);
}

export function isLatin(text) {
  return /\p{Script=Latin}/u.test(text) && !/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u.test(text);
}

/* 髙橋 and 高橋, 渡邉󠄂 and 渡辺: the few letters that a door meets every day. */
const FORMS = { "髙": "高", "﨑": "崎", "嵜": "崎", "邉": "辺", "邊": "辺", "濵": "浜", "濱": "浜", "冨": "富", "嶋": "島", "嶌": "島", "𠮷": "吉", "澤": "沢", "櫻": "桜", "廣": "広", "眞": "真", "齋": "斎", "齊": "斉", "德": "徳", "惠": "恵", "國": "国", "條": "条", "瀨": "瀬", "龍": "竜", "檜": "桧", "藪": "薮", "籔": "薮" };
export function kanjiKey(name) {
  const letters = hiragana(name.replace(/[\u{e0100}-\u{e01ef}\ufe00-\ufe0f]/gu, ""));
  return [...letters].map((letter) => FORMS[letter] ?? letter).join("");
}

function swap(text, from, to) {
  return [...text].map((letter) => {
    const place = from.indexOf(letter);
    return place < 0 ? letter : to[place];
  }).join("");
}
